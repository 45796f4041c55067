/**
 * `arcface reidentify` and its parity mode, whole pipelines, on the clips that were labelled by hand: IDF1, label switches,
 * and frames a second.
 *
 *     npx tsx --conditions=arcface-source scripts/measure-reidentify.ts [IOU]
 *
 * The clips are looked for in ARCFACE_DATA/video. Which boxes count as found is explained in measure-tracking.ts; frames in
 * which a label is waited for are misses.
 */
import { join } from "node:path";
import { trackingMetrics } from "../src/metrics/tracking.ts";
import type { TrackedBox } from "../src/metrics/tracking-frames.ts";
import { createDevice } from "../src/pipeline/device.node.ts";
import type { ImgDetections } from "../src/pipeline/messages/img-detections.ts";
import type { Output } from "../src/pipeline/output.ts";
import { Pipeline } from "../src/pipeline/pipeline.ts";
import { findBottleneck } from "../src/pipeline/pipeline-state.ts";
import { DEFAULT_RECOGNIZER } from "../src/recognize/load.ts";
import { buildParity } from "../src/reidentify/parity.ts";
import { buildReidentify } from "../src/reidentify/reidentify.ts";
import { NNModelDescription } from "../src/zoo/description.ts";
import { type ClipTruth, readTruth } from "./tracking/truth.ts";

const [iou = "0.3"] = process.argv.slice(2);
const data = process.env.ARCFACE_DATA ?? "../shared/data";
const device = createDevice();
await using embedder = await device.loadEmbedder();
const recognizer = await device.getModel(new NNModelDescription(DEFAULT_RECOGNIZER, "cpu"));

type Build = (pipeline: Pipeline, media: string) => Promise<Output<ImgDetections>>;
const parity =
  (cosSimilarity: number): Build =>
  async (pipeline, media) =>
    (await buildParity(pipeline, { media, detector: null, recognizer, cosSimilarity })).objects;
const ways: Readonly<Record<string, Build>> = {
  "parity, -cos 0.5": parity(0.5),
  "parity, -cos 0.1": parity(0.1),
  ours: async (pipeline, media) => buildReidentify(pipeline, { media, embedder }).objects,
};

console.log(`boxes count from an IoU of ${iou}\n`);
console.log("| clip | mode | IDF1 | switches | MOTA | labels of each person | frames/s | busiest node |");
console.log("|---|---|--:|--:|--:|---|--:|---|");
for (const name of ["short_hamilton_clip", "video"]) {
  const clip = readTruth(name);
  for (const [way, build] of Object.entries(ways)) await run(clip, way, build);
}

async function run(clip: ClipTruth, way: string, build: Build): Promise<void> {
  await using pipeline = new Pipeline(device);
  const objects = (await build(pipeline, join(data, "video", clip.video))).createOutputQueue(16, true);
  const said: TrackedBox[] = [];
  await pipeline.start();
  let [frames, began] = [0, 0];
  for await (const message of objects) {
    began ||= performance.now();
    for (const { labelName, xmin, ymin, xmax, ymax } of message.detections) {
      const box = [xmin * clip.width, ymin * clip.height, xmax * clip.width, ymax * clip.height] as const;
      if (labelName !== "") said.push({ frame: message.getSequenceNum(), id: labelName, box });
    }
    frames++;
  }
  await pipeline.wait();
  const rate = ((frames - 1) / (performance.now() - began)) * 1000;
  const m = trackingMetrics(clip.truth, said, { ignored: clip.ignored, threshold: Number(iou) });
  const counts = clip.people.map((_, person) => m.labels.get(person)?.length ?? 0);
  const busiest = findBottleneck(pipeline.getPipelineState());
  const cells = [clip.video, way, m.idf1.toFixed(3), m.switches, m.mota.toFixed(3), counts.join(" "), rate.toFixed(1)];
  console.log(`| ${cells.join(" | ")} | ${busiest?.name} ${Math.round(100 * (busiest?.busy ?? 0))} % |`);
}
