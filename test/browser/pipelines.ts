/** The pipelines that Node and the browser both run, from one code: each gives them a camera of its own. */
import {
  Align,
  type Buffer,
  type Camera,
  FaceDetection,
  FaceEmbedding,
  Identification,
  type ImgDetection,
  type ImgFrame,
  type MessageQueue,
  ObjectTracker,
  ParsingNeuralNetwork,
  type Pipeline,
} from "arcface-ts/pipeline";

/** Numbers, and nothing else, so that they come from a page as they are. */
export type FrameFacts = {
  readonly sequence: number;
  readonly timestamp: number;
  readonly faces: readonly {
    /** xmin, ymin, xmax, ymax, fractions of the frame. */
    readonly box: readonly number[];
    readonly score: number;
    /** x0, y0, x1 … y4, fractions of the frame. */
    readonly landmarks: readonly number[];
    readonly embedding: readonly number[];
  }[];
  /** Of the faces that are followed, in the tracker's order; empty where it is not sure yet. */
  readonly labels: readonly { readonly box: readonly number[]; readonly label: string }[];
};

export type SnippetFacts = {
  readonly sequence: number;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly embedding: readonly number[];
};

/** More than any test reads: nothing is dropped on the way out. */
const ROOM = 10_000;

const boxOf = ({ xmin, ymin, xmax, ymax }: ImgDetection): number[] => [xmin, ymin, xmax, ymax];

async function take<T extends Buffer>(queue: MessageQueue<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) taken.push(await queue.get());
  return taken;
}

/**
 * Camera → FaceDetection → Align → FaceEmbedding, and from the same detections → ObjectTracker → Identification: what they
 * make of the camera's first frames, with the frames.
 */
export async function lookAtFaces(
  pipeline: Pipeline,
  camera: Camera,
  count: number,
): Promise<{ frames: ImgFrame[]; facts: FrameFacts[] }> {
  const faces = pipeline.create(FaceDetection).build(camera);
  const crops = pipeline.create(Align).build(faces.passthrough, faces.out);
  const embedder = pipeline.create(FaceEmbedding).build(crops.out);
  const tracker = pipeline.create(ObjectTracker).build(faces.passthrough, faces.out);
  const people = pipeline.create(Identification).build(tracker.out);
  const [seen, found, embedded, labelled] = [
    faces.passthrough.createOutputQueue(ROOM),
    faces.out.createOutputQueue(ROOM),
    embedder.out.createOutputQueue(ROOM),
    people.out.createOutputQueue(ROOM),
  ];
  await pipeline.start();
  const [frames, detections, labels] = await Promise.all([
    take(seen, count),
    take(found, count),
    take(labelled, count),
  ]);
  const embeddings = await take(
    embedded,
    detections.reduce((sum, one) => sum + one.detections.length, 0),
  );
  pipeline.stop();
  await pipeline.wait();
  let next = 0;
  const facts = detections.map(
    (message, i): FrameFacts => ({
      sequence: message.getSequenceNum(),
      timestamp: message.getTimestamp(),
      faces: message.detections.map((face) => ({
        box: boxOf(face),
        score: face.confidence,
        landmarks: face.getKeypoints2f().flatMap(({ x, y }) => [x, y]),
        embedding: [...(embeddings[next++]!.getTensor("output").data as Float32Array)],
      })),
      labels: labels[i]!.detections.map((face) => ({ box: boxOf(face), label: face.labelName })),
    }),
  );
  return { frames, facts };
}

/** The README's snippet: a recogniser on whole frames. */
export async function embedFrames(
  pipeline: Pipeline,
  camera: Camera,
  count: number,
): Promise<{ frames: ImgFrame[]; facts: SnippetFacts[] }> {
  const nn = await pipeline.create(ParsingNeuralNetwork).build(camera, "faceplugin/mobilefacenet");
  const queue = nn.out.createOutputQueue();
  const seen = camera.requestFullResolutionOutput().createOutputQueue(ROOM);
  await pipeline.start();
  const facts: SnippetFacts[] = [];
  while (facts.length < count) {
    const answer = await queue.get();
    const { dtype, shape, data } = answer.getTensor("output");
    facts.push({ sequence: answer.getSequenceNum(), dtype, shape, embedding: [...(data as Float32Array)] });
  }
  const frames = await take(seen, count);
  pipeline.stop();
  await pipeline.wait();
  return { frames, facts };
}
