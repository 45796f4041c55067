import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { LabelledImages } from "../data/labelled-images.ts";
import type { LossSpec } from "../losses/loss.ts";
import { readCheckpoint } from "./checkpoint.node.ts";
import type { Recipe } from "./recipe.ts";
import { syntheticImages } from "./synthetic-images.node.ts";
import { ARCFACE, NETWORK, TINY } from "./testing/tiny-recipe.ts";
import { type TrainOptions, train } from "./train.node.ts";

let images: LabelledImages;
let folder: string;
beforeEach(async () => {
  images = await syntheticImages({ people: 4, each: 6, size: 16, seed: 5 });
  folder = await mkdtemp(join(tmpdir(), "train-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const run = (out: string, options: Partial<TrainOptions> = {}, changed: Partial<Recipe> = {}) =>
  train({ ...TINY, ...changed }, { data: images, out: join(folder, out), threads: 1, ...options });

/** Everything of a run but when it was. */
async function endOf(out: string) {
  const names = (await readdir(join(folder, out))).filter((name) => name.endsWith(".safetensors")).sort();
  const log = (await readFile(join(folder, out, "log.jsonl"), "utf8")).trim().split("\n");
  return {
    checkpoint: await readCheckpoint(join(folder, out, names.at(-1)!)),
    log: log.map((line) => ({ ...JSON.parse(line), speed: 0, loader: null })),
  };
}

test.each<[string, LossSpec]>([
  ["ArcFace with two centres a person", { ...ARCFACE, subCenters: 2 }],
  ["softmax", { kind: "softmax" }],
])("a network learns to tell generated people apart: %s", async (_, loss) => {
  const { log } = await run("learns", {}, { loss, numEpoch: 25, network: { ...NETWORK, dropout: 0 } });
  expect(log.at(-1)!.accuracy).toBe(1);
  expect(log.at(-1)!.loss).toBeLessThan(0.2 * log[0]!.loss);
});

test.each<[string, Partial<Recipe>]>([
  ["with gradients of two batches", { gradientAcc: 2, batchSize: 4 }],
  ["with sampled classes", { loss: { ...ARCFACE, sampleRate: 0.8 }, batchSize: 3, numEpoch: 2 }],
])("a run that is cut off and goes on ends as the one that was not, log included: %s", async (_, changed) => {
  await run("whole", {}, changed);
  await run("parts", { steps: 2 }, changed);
  const stop = new AbortController();
  const stopped = run("parts", { resume: true, signal: stop.signal, onLog: () => stop.abort() }, changed);
  await expect(stopped).rejects.toMatchObject({
    code: "CANCELLED",
    message: expect.stringMatching(/^training tiny: stopped at step 5 of 1[26]$/),
  });
  await run("parts", { resume: true }, changed);
  const [whole, parts] = [await endOf("whole"), await endOf("parts")];
  expect(parts.checkpoint).toEqual(whole.checkpoint);
  // A run that ends early has a line of its own there.
  expect(parts.log.filter(({ step }) => step > 5)).toEqual(whole.log.filter(({ step }) => step > 5));
});

test("another seed's run differs, another's with the same does not", async () => {
  for (const [out, seed] of Object.entries({ a: 3, b: 3, c: 4 })) await run(out, { steps: 3 }, { seed });
  const [a, b, c] = [await endOf("a"), await endOf("b"), await endOf("c")];
  expect(b).toEqual(a);
  expect(c.checkpoint.tensors).not.toEqual(a.checkpoint.tensors);
});

test("a run that leaves the numbers stops, tells the layer, and keeps its last checkpoint", async () => {
  await run("nan", { steps: 3 }, { lr: 1e12, clipGradNorm: 0 }).then(
    () => expect.unreachable(),
    (error: Error) => {
      expect(error).toMatchObject({ code: "DIVERGED" });
      expect(error.message).toMatch(/^training tiny: step [12]: loss (NaN|-?Infinity|[\d.e+]+), first not finite in /);
    },
  );
});

test("a damaged checkpoint is told and the one before goes on; of damaged ones alone nothing is overwritten", async () => {
  await run("kept", { steps: 9 }, { saveEvery: 3 });
  const names = (await readdir(join(folder, "kept"))).filter((name) => name.startsWith("checkpoint-")).sort();
  expect(names).toEqual(["checkpoint-000000006.safetensors", "checkpoint-000000009.safetensors"]);
  const [before, last] = names.map((name) => join(folder, "kept", name)) as [string, string];
  const whole = await readCheckpoint(last);
  const bytes = await readFile(last);
  bytes[bytes.length - 5]! ^= 1;
  await writeFile(last, bytes);
  const notes: string[] = [];
  await run("kept", { steps: 9, resume: true, onNote: (note) => notes.push(note) }, { saveEvery: 3 });
  expect(notes).toEqual([`passed over: ${last}: expected the bytes that were written, got others: damaged`]);
  expect((await readCheckpoint(last)).tensors).toEqual(whole.tensors);
  for (const path of [before, last]) await truncate(path, 1000);
  await expect(run("kept", { resume: true }, { saveEvery: 3 })).rejects.toMatchObject({
    code: "UNSUPPORTED_FORMAT",
    message: expect.stringContaining(`${join(folder, "kept")}: every checkpoint is damaged`),
  });
});

test("what contradicts itself is told before anything is computed", async () => {
  await run("there", { steps: 1 });
  const out = join(folder, "there");
  await expect(run("there")).rejects.toThrow(`${out}: expected an empty folder, got a run at step 1`);
  const path = join(out, "checkpoint-000000001.safetensors");
  await expect(run("there", { resume: true }, { lr: 0.2 })).rejects.toThrow(`${path}: was made by another recipe`);
  await expect(run("there/log.jsonl")).rejects.toThrow("log.jsonl");
  await expect(run("new", {}, { numClasses: 5 })).rejects.toThrow("recipe tiny: expected 5 classes");
  await expect(run("new", {}, { batchSize: 25 })).rejects.toThrow("expected a batch of 25 pictures at least, got 24");
  await expect(run("new", {}, { batchSize: 8, gradientAcc: 4 })).rejects.toThrow("recipe tiny: expected 32 pictures");
});

test("a run is validated every so many steps and at its end; where it is stopped meanwhile, when it goes on", async () => {
  const seen: number[] = [];
  const stop = new AbortController();
  const onValidate: TrainOptions["onValidate"] = async ({ graph }, step) => {
    expect(graph!.output[0]!.name).toBe("output");
    seen.push(step);
    if (seen.length === 2) {
      stop.abort();
      throw new Error("stopped");
    }
    return [{ target: "t", step, accuracy: 50 + step, deviation: 0 }];
  };
  await expect(run("checked", { onValidate, signal: stop.signal })).rejects.toMatchObject({ code: "CANCELLED" });
  const { validations } = await run("checked", { onValidate, resume: true });
  expect(seen).toEqual([4, 8, 8, 12]);
  expect(validations.map(({ step, accuracy }) => [step, accuracy])).toEqual([
    [4, 54],
    [8, 58],
    [12, 62],
  ]);
});

test("a picture that cannot be used ends a run, or another stands in for it and it is told", async () => {
  const damaged: LabelledImages = {
    ...images,
    place: (i) => (i === 5 ? { kind: "bytes", bytes: Uint8Array.of(1, 2, 3) } : images.place(i)),
  };
  await expect(run("bad", { data: damaged })).rejects.toMatchObject({ code: "UNSUPPORTED_FORMAT" });
  const notes: string[] = [];
  const { steps } = await run("skipped", { data: damaged, onBad: "skip", onNote: (note) => notes.push(note) });
  expect(steps).toBe(12);
  expect(notes).toEqual([expect.stringMatching(/^1 of 24 pictures could not be used: synthetic picture 5/)]);
});

test("the log tells the loader's speed apart, and how long steps waited for it", async () => {
  const { log } = await run("speeds", { steps: 5 });
  const { loader } = log.at(-1)!;
  expect(loader!.speed).toBeGreaterThan(0);
  expect(loader!.waiting).toBeGreaterThanOrEqual(0);
  expect(loader!.waiting).toBeLessThanOrEqual(1);
});
