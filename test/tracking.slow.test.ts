import { join } from "node:path";
import { expect } from "vitest";
import { facesOfClip } from "../scripts/tracking/faces-of-clip.ts";
import { labelAsDepthAi, labelAsWe } from "../scripts/tracking/label-frames.ts";
import { readTruth } from "../scripts/tracking/truth.ts";
import { trackingMetrics } from "../src/metrics/tracking.ts";
import { loadRecognizer } from "../src/recognize/compose.node.ts";
import { DATA, needsData } from "./needs.ts";

// Figures seen are in docs/decisions/tracking.md; scripts/measure-tracking.ts prints them.
const test = needsData("video/short_hamilton_clip.mp4", "video/video.mp4", "models/scrfd_2.5g_bnkps.onnx");
const scrfd = { detector: join(DATA, "models/scrfd_2.5g_bnkps.onnx"), detectorCard: "insightface/scrfd:2.5g" };

test("on both clips, with either detector, people change their label less often than with DepthAI's example", async () => {
  for (const { options, threshold } of [
    { options: {}, threshold: 0.3 },
    { options: scrfd, threshold: 0.5 },
  ]) {
    await using recognizer = await loadRecognizer(options);
    for (const name of ["short_hamilton_clip", "video"]) {
      const { video, sha256, truth, ignored } = readTruth(name);
      const frames = await facesOfClip(join(DATA, "video", video), recognizer, { sha256, scoreThreshold: 0.2 });
      const measure = (said: typeof truth) => trackingMetrics(truth, said, { ignored, threshold });
      const ours = measure(labelAsWe(frames).labels);
      expect(ours.switches).toBeLessThan(measure(labelAsDepthAi(frames, { csim: 0.5, scoreThreshold: 0.5 })).switches);
      if (name === "video" && options === scrfd) expect(ours).toMatchObject({ switches: 0 });
    }
  }
}, 900_000);
