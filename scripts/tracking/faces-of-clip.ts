import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { FaceDetection } from "../../src/geometry/detection.ts";
import { cropFace } from "../../src/image/crop-face.ts";
import type { Recognizer } from "../../src/recognize/recognizer.ts";
import { faceQuality } from "../../src/tracking/quality.ts";
import { createCutDetector } from "../../src/tracking/scene-cut.ts";
import { openVideo } from "../../src/video/open-video.node.ts";

/** A face of a frame with both embeddings: of the aligned crop, ours, and of the stretched box, DepthAI's. */
export type ClipFace = FaceDetection & {
  readonly quality: number;
  readonly aligned: Float32Array;
  readonly stretched: Float32Array;
};

export type ClipFrame = { readonly timestampMs: number; readonly cut: boolean; readonly faces: readonly ClipFace[] };

/** Everything that both ways of giving labels look at, so that they look at the same. */
export async function facesOfClip(
  file: string,
  recognizer: Recognizer,
  { sha256, scoreThreshold }: { sha256: string; scoreThreshold: number },
): Promise<ClipFrame[]> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  if (hash.digest("hex") !== sha256) throw new Error(`${file} is another file than the one that was labelled`);
  const { detector, embedder } = recognizer;
  const { isCut } = createCutDetector();
  const frames: ClipFrame[] = [];
  await using video = await openVideo(file);
  for await (const { image, timestampMs } of video) {
    const found = await detector.detect(image, { scoreThreshold });
    const crops = found.map((face) => recognizer.align(image, face));
    const aligned = await embedder.embed(crops);
    const stretched = await embedder.embed(
      found.map((face) => cropFace(image, face, "none", embedder.cropSize)),
      { raw: true },
    );
    const faces = found.map((face, i) => ({
      ...face,
      quality: faceQuality({ ...face, crop: crops[i]! }),
      aligned: aligned[i]!,
      stretched: stretched[i]!,
    }));
    frames.push({ timestampMs, cut: isCut(image), faces });
  }
  return frames;
}
