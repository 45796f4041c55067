/**
 * Is a pipeline as fast as the plain loop, and do its steps overlap? One process, turn by turn, the same frames:
 *
 * - the loop: `recognizer.embed(frame)`, one frame after the other, with one thread a network and with two
 * - the pipeline: frames → FaceDetection → Align → FaceEmbedding → GatherData, one thread a network
 *
 *     npx tsx --conditions=arcface-source bench/pipeline.ts [VIDEO] [FRAMES] [ROUNDS]
 *
 * Frames are decoded before: what is measured is recognition. Default: 60 frames of video/short_hamilton_clip.mp4 in ARCFACE_DATA.
 */
import { join } from "node:path";
import type { Image } from "../src/image/image.ts";
import { createDevice } from "../src/pipeline/device.node.ts";
import type { Device } from "../src/pipeline/device.ts";
import { ImgFrame } from "../src/pipeline/messages/img-frame.ts";
import { Align } from "../src/pipeline/nodes/align.ts";
import { FaceDetection } from "../src/pipeline/nodes/face-detection.ts";
import { FaceEmbedding } from "../src/pipeline/nodes/face-embedding.ts";
import { GatherData } from "../src/pipeline/nodes/gather-data.ts";
import { Pipeline } from "../src/pipeline/pipeline.ts";
import { Frames } from "../src/pipeline/testing/frames.ts";
import { loadRecognizer } from "../src/recognize/compose.node.ts";
import type { Recognizer } from "../src/recognize/recognizer.ts";
import { openVideo } from "../src/video/open-video.node.ts";

const [
  video = join(process.env.ARCFACE_DATA ?? "../shared/data", "video", "short_hamilton_clip.mp4"),
  frameCount = "60",
  roundCount = "5",
] = process.argv.slice(2);

const images: Image[] = [];
await using stream = await openVideo(video);
for await (const { image } of stream) {
  images.push(image);
  if (images.length === Number(frameCount)) break;
}

type Run = { readonly ms: number; readonly faces: number };

async function loop(recognizer: Recognizer): Promise<Run> {
  const start = performance.now();
  let faces = 0;
  for (const image of images) faces += (await recognizer.embed(image)).length;
  return { ms: performance.now() - start, faces };
}

/** When a detection and an embedding are under way at once, and when any is, milliseconds. */
const busy = { detect: 0, embed: 0, since: 0, both: 0, any: 0 };
async function counted<R>(what: "detect" | "embed", work: Promise<R>): Promise<R> {
  step(what, 1);
  return work.finally(() => step(what, -1));
}
function step(what: "detect" | "embed", by: number): void {
  const now = performance.now();
  if (busy.detect > 0 && busy.embed > 0) busy.both += now - busy.since;
  if (busy.detect > 0 || busy.embed > 0) busy.any += now - busy.since;
  busy.since = now;
  busy[what] += by;
}

const own = createDevice();
// Loaded once, as in the loop.
const [detector, embedder] = [await own.loadDetector(), await own.loadEmbedder()];
const device: Device = {
  ...own,
  loadDetector: async () => ({
    ...detector,
    detect: (...args) => counted("detect", detector.detect(...args)),
    async [Symbol.asyncDispose]() {},
  }),
  loadEmbedder: async () => ({
    ...embedder,
    embed: (...args) => counted("embed", embedder.embed(...args)),
    async [Symbol.asyncDispose]() {},
  }),
};

async function pipelined(): Promise<Run> {
  const pipeline = new Pipeline(device);
  const frames = pipeline.create(
    Frames,
    images.map((image, i) => ImgFrame.fromImage(image, { timestamp: 40 * i, sequenceNum: i })),
  );
  const faces = pipeline.create(FaceDetection).build(frames.out);
  const align = pipeline.create(Align).build(faces.passthrough, faces.out);
  const embeddings = pipeline.create(FaceEmbedding).build(align.out);
  const gather = pipeline
    .create(GatherData)
    .build(25, embeddings.out, faces.out as never)
    .setDropOlder(false);
  const queue = gather.out.createOutputQueue(images.length);
  const start = performance.now();
  await pipeline.start();
  let count = 0;
  for await (const { items } of queue) count += items.length;
  await pipeline.wait();
  return { ms: performance.now() - start, faces: count };
}

await using one = await loadRecognizer({ threads: 1 });
await using two = await loadRecognizer({ threads: 2 });
const contenders = {
  "loop, 1 thread": () => loop(one),
  "loop, 2 threads": () => loop(two),
  pipeline: pipelined,
};
type Name = keyof typeof contenders;
const names = Object.keys(contenders) as Name[];
const times: Record<Name, number[]> = { "loop, 1 thread": [], "loop, 2 threads": [], pipeline: [] };
const faces = new Set<number>();
for (const name of names) await contenders[name](); // warm
Object.assign(busy, { both: 0, any: 0 });
for (let round = 0; round < Number(roundCount); round++) {
  // Another one begins each time: none is always the one that follows a rest.
  for (let i = 0; i < names.length; i++) {
    const name = names[(round + i) % names.length]!;
    const run = await contenders[name]();
    times[name].push(run.ms);
    faces.add(run.faces);
  }
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const [{ width, height }] = images as [Image];
console.log(
  `${images.length} frames of ${width}×${height}, ${[...faces].join(" and ")} faces, ${roundCount} rounds, medians`,
);
for (const name of names) {
  const ms = median(times[name]);
  console.log(`${name.padEnd(18)}${((1000 * images.length) / ms).toFixed(1).padStart(7)} frames/s`);
}
const ratio = (name: Name) => (median(times[name]) / median(times.pipeline)).toFixed(2);
console.log(`pipeline / loop, 1 thread    ${ratio("loop, 1 thread")}`);
console.log(`pipeline / loop, 2 threads   ${ratio("loop, 2 threads")}`);
console.log(
  `detection and embedding at once: ${((100 * busy.both) / busy.any).toFixed(0)} % of the pipeline's busy time`,
);
await detector[Symbol.asyncDispose]();
await embedder[Symbol.asyncDispose]();
