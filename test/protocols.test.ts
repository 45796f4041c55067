import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { evaluate } from "../src/evaluate/evaluate.node.ts";
import type { Evaluation } from "../src/evaluate/evaluation.ts";
import type { ProtocolName, ProtocolOptions } from "../src/evaluate/protocols.node.ts";
import { figureOf } from "../src/evaluate/summary.ts";
import { type People, writeIjb, writeYtf } from "../src/evaluate/testing/small-sets.node.ts";
import { TEST_ZOO } from "./default-models.ts";
import { DATA, needsData } from "./needs.ts";

/** Small sets in the layouts of the large ones, of LFW's photographs, with the default networks. */
const test = needsData("lfw/pairs.txt", "lfw_aligned112");
const NAMES = ["Alejandro_Toledo", "Andre_Agassi", "Angelina_Jolie", "Alvaro_Uribe"];
const PICTURES = 4;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "arcface-protocols-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function people(set: string): People {
  const files = (name: string) =>
    readdirSync(join(DATA, set, name))
      .sort()
      .slice(0, PICTURES);
  return Object.fromEntries(NAMES.map((name) => [name, files(name).map((file) => join(DATA, set, name, file))]));
}

async function run(name: ProtocolName, data: string, options: ProtocolOptions = {}): Promise<Evaluation> {
  const cacheDir = join(folder, "cache");
  const { evaluation } = await evaluate(name, join(folder, data), { ...options, cacheDir, networks: TEST_ZOO });
  return evaluation;
}

test("YTF: aligned and whole frames of the same photographs agree, and every person is told from the next", async () => {
  writeYtf(join(folder, "ytf"), people("lfw"), { frames: "aligned", columns: "corrected" });
  writeYtf(join(folder, "ytf"), people("lfw"), { frames: "raw", columns: "corrected" });
  const aligned = await run("ytf", "ytf");
  expectApart(aligned);
  expect(aligned).toMatchObject({ missed: [], timing: { embedded: 16, fromCache: 0 } });
  const raw = await run("ytf", "ytf", { frames: "raw" });
  // The labelled box is the picture's middle, so the same face is meant.
  expect(raw.verification!.pairs.scores).toEqual(aligned.verification!.pairs.scores);
  const mean = await run("ytf", "ytf", { pooling: "mean" });
  expect(mean.timing.fromCache).toBe(16);
  expect(mean.verification!.pairs.scores).not.toEqual(aligned.verification!.pairs.scores);
});

test("IJB-C: crops by their points, no detector; 1:N is answered from the same embeddings", async () => {
  writeIjb(join(folder, "ijbc"), people("lfw_aligned112"));
  const pairs = await run("ijbc", "ijbc");
  expect(pairs.detector).toBeNull();
  expectApart(pairs);
  const search = await run("ijbc-1n", "ijbc");
  expect(figureOf(search, "rank-1")!.value).toBe(1);
  expect(search.timing).toMatchObject({ embedded: 0, fromCache: 16 });
});

/** Every pair of one person scores higher than any of two. */
function expectApart({ verification }: Evaluation): void {
  const { scores, same } = verification!.pairs;
  const of = (kind: boolean): number[] => scores.filter((_, i) => same[i] === kind);
  expect(Math.min(...of(true))).toBeGreaterThan(Math.max(...of(false)));
}
