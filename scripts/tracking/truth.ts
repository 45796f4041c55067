import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { IgnoredBox, TrackedBox } from "../../src/metrics/tracking-frames.ts";

/** A clip labelled by hand: test/fixtures/tracks/*.json, whose fields `how` and `rule` say how. */
export type ClipTruth = {
  readonly video: string;
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly frames: number;
  /** Frames, from 0, that begin another shot. */
  readonly cuts: readonly number[];
  readonly people: readonly string[];
  readonly truth: readonly TrackedBox[];
  readonly ignored: readonly IgnoredBox[];
};

type Fixture = Omit<ClipTruth, "truth" | "ignored"> & {
  readonly boxes: readonly (readonly [number, number, number, number, number, number])[];
  readonly ignore: readonly (readonly [number, number, number, number, number])[];
};

export function readTruth(name: string): ClipTruth {
  const file = join(import.meta.dirname, "../../test/fixtures/tracks", `${name}.json`);
  const { boxes, ignore, ...clip } = JSON.parse(readFileSync(file, "utf8")) as Fixture;
  return {
    ...clip,
    truth: boxes.map(([frame, id, x0, y0, x1, y1]) => ({ frame, id, box: [x0, y0, x1, y1] })),
    ignored: ignore.map(([frame, x0, y0, x1, y1]) => ({ frame, box: [x0, y0, x1, y1] })),
  };
}
