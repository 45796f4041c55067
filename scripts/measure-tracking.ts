/**
 * Our tracker and people against DepthAI's identification, on the clips that were labelled by hand, both looking at the
 * same detections and the same recogniser: IDF1, label switches, and the labels that each person had.
 *
 *     npx tsx --conditions=arcface-source scripts/measure-tracking.ts [DETECTOR CARD IOU]
 *
 * The clips are looked for in ARCFACE_DATA/video. A detector that is not the default one is a file with the card that says
 * how it is fed. The default detector's boxes are squares about eyes and mouth, which overlap a box from brow to chin by
 * less than half where a face is seen from the side: an IoU of 0.3 counts for it, 0.5 for others.
 */
import { join } from "node:path";
import { trackingMetrics } from "../src/metrics/tracking.ts";
import type { TrackedBox } from "../src/metrics/tracking-frames.ts";
import { loadRecognizer } from "../src/recognize/compose.node.ts";
import { facesOfClip } from "./tracking/faces-of-clip.ts";
import { labelAsDepthAi, labelAsWe } from "./tracking/label-frames.ts";
import { type ClipTruth, readTruth } from "./tracking/truth.ts";

/** Detections below it are neither's. */
const LEAST_SCORE = 0.2;
const SURE_SCORE = 0.5;

const [detector, detectorCard, iou = detector === undefined ? "0.3" : "0.5"] = process.argv.slice(2);
const data = process.env.ARCFACE_DATA ?? "../shared/data";
await using recognizer = await loadRecognizer({
  ...(detector !== undefined && { detector }),
  ...(detectorCard !== undefined && { detectorCard }),
});

console.log(`${recognizer.detector.name}, ${recognizer.name}, IoU ≥ ${iou}\n`);
console.log("| clip | labels by | IDF1 | switches | MOTA | misses | false | labels of each person |");
console.log("|---|---|--:|--:|--:|--:|--:|---|");
for (const name of ["short_hamilton_clip", "video"]) {
  const clip = readTruth(name);
  const frames = await facesOfClip(join(data, "video", clip.video), recognizer, {
    sha256: clip.sha256,
    scoreThreshold: LEAST_SCORE,
  });
  for (const csim of [0.5, 0.1]) {
    report(clip, `DepthAI, csim ${csim}`, labelAsDepthAi(frames, { csim, scoreThreshold: SURE_SCORE }));
  }
  const ours = labelAsWe(frames);
  report(clip, "ours", ours.labels);
  report(clip, "our tracks alone", ours.tracks);
  report(clip, "ours, not told of cuts", labelAsWe(frames, { useCuts: false }).labels);
  const faces = frames.reduce((sum, frame) => sum + frame.faces.length, 0);
  const visits = ours.events.filter(({ type }) => type === "arrived").length;
  console.error(
    `${name}: ${ours.embedded} of ${faces} faces embedded, ${visits} visits, ${ours.msPerFrame.toFixed(2)} ms a frame`,
  );
}

function report(clip: ClipTruth, how: string, said: readonly TrackedBox[]): void {
  const m = trackingMetrics(clip.truth, said, { ignored: clip.ignored, threshold: Number(iou) });
  const counts = clip.people.map((_, person) => m.labels.get(person)?.length ?? 0);
  const cells = [clip.video, how, m.idf1.toFixed(3), m.switches, m.mota.toFixed(3), m.misses, m.falsePositives];
  console.log(`| ${cells.join(" | ")} | ${counts.join(" ")} |`);
}
