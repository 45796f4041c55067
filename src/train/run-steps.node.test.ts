import { spawnSync } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { LabelledImages } from "../data/labelled-images.ts";
import { syntheticImages } from "./synthetic-images.node.ts";
import { TINY } from "./testing/tiny-recipe.ts";
import { type TrainOptions, train } from "./train.node.ts";

let images: LabelledImages;
let folder: string;
beforeEach(async () => {
  images = await syntheticImages({ people: 4, each: 6, size: 16, seed: 5 });
  folder = await mkdtemp(join(tmpdir(), "run-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const run = (out: string, options: Partial<TrainOptions> = {}, frequent = 5) =>
  train({ ...TINY, saveEvery: 3, frequent }, { data: images, out: join(folder, out), threads: 1, ...options });

const namesIn = async (out: string): Promise<string[]> => (await readdir(join(folder, out))).sort();
const RUN = ["checkpoint-000000009.safetensors", "checkpoint-000000012.safetensors", "curves.svg", "log.jsonl"];

test("two runs are never in one folder, which is free again however the first one ends", async () => {
  const second: Promise<unknown>[] = [];
  const stop = new AbortController();
  const onLog = () => {
    stop.abort();
    second.push(expect(run("one", { resume: true })).rejects.toMatchObject({ code: "CONFLICT" }));
  };
  await expect(run("one", { onLog, signal: stop.signal })).rejects.toMatchObject({ code: "CANCELLED" });
  await Promise.all(second);
  expect(second.length).toBe(1);
  const onValidate = () => Promise.reject(new Error("no"));
  await expect(run("one", { resume: true, onValidate })).rejects.toThrow("no");
  expect(await namesIn("one")).not.toContainEqual(expect.stringMatching(/^lock/));
  await run("one", { resume: true });
  expect(await namesIn("one")).toEqual(RUN);
});

test("the curves are there from the first checkpoint on, and where the run is stopped", async () => {
  const curves = () => readFile(join(folder, "one/curves.svg"), "utf8");
  let early: Promise<string> | undefined;
  const stop = new AbortController();
  const onLog: TrainOptions["onLog"] = ({ step }) => {
    early ??= curves();
    if (step === 10) stop.abort();
  };
  await expect(run("one", { onLog, signal: stop.signal })).rejects.toMatchObject({ code: "CANCELLED" });
  expect(await early).toMatch(/^<svg .*training tiny.*<\/svg>$/s);
  // Two lines of the log are a line of the figure; a single one is a point.
  const stretches = (svg: string) => svg.match(/<path d="M[^"]*L/g)?.length ?? 0;
  expect(stretches(await curves())).toBeGreaterThan(stretches((await early)!));
});

/** Write till nothing more fits. */
async function fill(path: string): Promise<void> {
  const zeros = Readable.from(
    (function* () {
      for (;;) yield new Uint8Array(4096);
    })(),
  );
  await expect(pipeline(zeros, createWriteStream(path))).rejects.toMatchObject({ code: "ENOSPC" });
}

test.for([
  [
    "a checkpoint",
    1,
    "checkpoint-000000006.safetensors: writing a checkpoint: the disk is full",
    /make room, and resume$/,
  ],
  ["the first line of the log", 5, "log.jsonl: writing: the disk is full", /put it right, and resume$/],
] as const)(
  "a disk too full for %s ends the run in a sentence; with room, it goes on to the same bits",
  async (one, { skip }) => {
    const [, frequent, message, hint] = one;
    const disk = join(folder, "disk");
    await mkdir(disk);
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]);
    if (mounted.status !== 0) skip("mounting a small disk is not permitted here");
    try {
      // After step 4: at 3 there was a checkpoint, at 6 there is another.
      const filled: Promise<void>[] = [];
      const onValidate: TrainOptions["onValidate"] = async () => {
        if (filled.length === 0) filled.push(fill(join(disk, "filler")));
        await filled[0];
        return [];
      };
      await expect(run("disk/run", { onValidate }, frequent)).rejects.toMatchObject({
        code: "NO_SPACE",
        message: join(disk, "run", message),
        hint: expect.stringMatching(hint),
      });
      expect(await namesIn("disk/run")).toEqual(["checkpoint-000000003.safetensors", "curves.svg", "log.jsonl"]);
      await rm(join(disk, "filler"));
      await run("disk/run", { resume: true }, frequent);
      expect(await namesIn("disk/run")).toEqual(RUN);
      await run("whole", {}, frequent);
      const [a, b] = await Promise.all(["disk/run", "whole"].map((out) => readFile(join(folder, out, RUN[1]!))));
      expect(a!.equals(b!)).toBe(true);
    } finally {
      spawnSync("umount", [disk]);
    }
  },
);
