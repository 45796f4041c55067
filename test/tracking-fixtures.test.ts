import { expect, test } from "vitest";
import { readTruth } from "../scripts/tracking/truth.ts";
import { boxArea } from "../src/geometry/box.ts";
import { trackingMetrics } from "../src/metrics/tracking.ts";

test.each(["short_hamilton_clip", "video"])("the labels of %s keep their own rule", (name) => {
  const { width, height, frames, people, truth, ignored, cuts } = readTruth(name);
  for (const { frame, id, box } of truth) {
    expect(people[Number(id)]).toBeTypeOf("string");
    expect(frame).toBeLessThan(frames);
    expect(box[3] - box[1]).toBeGreaterThanOrEqual(24);
    expect(box[0]).toBeGreaterThanOrEqual(0);
    expect(box[2]).toBeLessThanOrEqual(width);
    expect(box[3]).toBeLessThanOrEqual(height);
  }
  for (const { frame, box } of ignored) {
    expect(frame).toBeLessThan(frames);
    expect(boxArea(box)).toBeGreaterThan(0);
  }
  // Everybody is there, and nobody twice in a frame.
  expect(new Set(truth.map(({ id }) => id)).size).toBe(people.length);
  expect(trackingMetrics(truth, truth, { ignored })).toMatchObject({ idf1: 1, mota: 1, switches: 0 });
  // Within a shot nobody's box jumps by more than its own side between two frames: that would be another person.
  for (const { frame, id, box } of truth) {
    const next = truth.find((other) => other.frame === frame + 1 && other.id === id);
    if (!next || cuts.includes(frame + 1)) continue;
    const moved = Math.hypot(next.box[0] + next.box[2] - box[0] - box[2], next.box[1] + next.box[3] - box[1] - box[3]);
    expect(moved / 2, `person ${id} at frame ${frame}`).toBeLessThan(0.6 * (box[3] - box[1]));
  }
});
