import { expected } from "../errors.ts";
import type { NNArchive } from "../nn-archive/nn-archive.ts";
import { ImgDetections } from "../pipeline/messages/img-detections.ts";
import type { ImgFrame } from "../pipeline/messages/img-frame.ts";
import type { NNData } from "../pipeline/messages/nn-data.ts";
import { FaceDetection } from "../pipeline/nodes/face-detection.ts";
import { FrameCropper } from "../pipeline/nodes/frame-cropper.ts";
import { GatherData } from "../pipeline/nodes/gather-data.ts";
import { IdentificationNode } from "../pipeline/nodes/identification-node.ts";
import { ParsingNeuralNetwork } from "../pipeline/nodes/parsing-neural-network.ts";
import type { Output } from "../pipeline/output.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { framesOf, type VideoSource } from "./frames-of.ts";

export type ParityOptions = VideoSource & {
  /** The detector; `null`: the library's, on frames of the size that the page's detector takes. */
  readonly detector: NNArchive | null;
  readonly recognizer: NNArchive;
  /** See IdentificationNode. Default 0.5. */
  readonly cosSimilarity?: number | undefined;
};

/** The page's detector is made for frames of this size. */
const DETECTOR_SIZE = [640, 640] as const;
/** The example's -fps where none is given: how near embeddings must be to their frame. */
const FPS_LIMIT = 30;

/**
 * DepthAI's re-identification example as it is, to compare with: frames stretched to the detector's size, boxes cut out of
 * them and stretched to the recogniser's, without alignment, and of each person the newest embedding.
 *
 * Source: luxonis/oak-examples neural-networks/reidentification/human-reidentification/main.py
 *
 * @throws {ArcfaceError} MODEL_MISMATCH, UNSUPPORTED_FORMAT as ParsingNeuralNetwork; INVALID_ARGUMENT where the
 * recogniser takes no pictures, or cosSimilarity is no number from 0 to 1.
 */
export async function buildParity(
  pipeline: Pipeline,
  { detector, recognizer, cosSimilarity, ...source }: ParityOptions,
): Promise<{ readonly frames: Output<ImgFrame>; readonly objects: Output<ImgDetections> }> {
  const outputSize = recognizer.getInputSize();
  if (!outputSize) throw expected(recognizer.name, "a network that takes pictures", "one that does not");
  const frames = framesOf(pipeline, source, detector?.getInputSize() ?? DETECTOR_SIZE);
  const faces = await detectorNode(pipeline, detector, frames);
  const crops = pipeline
    .create(FrameCropper)
    .fromImgDetections(faces.out, { outputSize, resizeMode: "STRETCH" })
    .build(faces.passthrough);
  const embeddings = await pipeline.create(ParsingNeuralNetwork).build(crops.out, recognizer);
  const gathered = pipeline
    .create(GatherData<ImgDetections, NNData>)
    .build(source.fps ?? FPS_LIMIT, embeddings.out, faces.out);
  const named = pipeline
    .create(IdentificationNode)
    .build(gathered.out, cosSimilarity === undefined ? {} : { csim: cosSimilarity });
  return { frames: faces.passthrough, objects: named.out };
}

async function detectorNode(
  pipeline: Pipeline,
  detector: NNArchive | null,
  frames: Output<ImgFrame>,
): Promise<{ out: Output<ImgDetections>; passthrough: Output<ImgFrame> }> {
  if (!detector) return pipeline.create(FaceDetection).build(frames);
  const { out, passthrough } = await pipeline.create(ParsingNeuralNetwork).build<ImgDetections>(frames, detector);
  const finds = out.types.some((type) => type === ImgDetections || type.prototype instanceof ImgDetections);
  if (!finds) throw expected(detector.name, "a detector", `a network whose head gives ${out.types[0]?.name ?? "data"}`);
  return { out, passthrough: passthrough as Output<ImgFrame> };
}
