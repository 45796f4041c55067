import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeBin, writeCalfw } from "../evaluate/testing/small-sets.node.ts";
import { contiguousFolds } from "../metrics/verification.ts";
import { parseLabelledPairs, parseTwoLinePairs } from "./crop-pairs.ts";
import { loadCropPairs } from "./load-crop-pairs.node.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "arcface-crops-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function people(count: number): Record<string, string[]> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => {
      const files = [1, 2].map((k) => join(folder, `${i}-${k}.jpg`));
      for (const file of files) writeFileSync(file, file);
      return [`P_${i}`, files];
    }),
  );
}

test("CALFW's list: two lines a pair, the fold as the label of one person, folds of equal size for the others", async () => {
  writeCalfw(join(folder, "calfw"), people(20));
  const { images, templates, pairs } = await loadCropPairs(join(folder, "calfw"), {
    name: "CALFW",
    stem: "calfw",
    list: "pairs_CALFW.txt",
  });
  expect(images).toHaveLength(40);
  expect(images[0]!.face).toEqual({ kind: "centre" });
  expect(templates[0]!.person).toBe("P_0");
  expect([...pairs!.same]).toEqual([...Array(20).fill(1), ...Array(20).fill(0)]);
  const tenths = Array.from({ length: 20 }, (_, i) => i >> 1);
  expect([...pairs!.fold!]).toEqual([...tenths, ...tenths]);
});

test(".bin: crops out of the file, ten folds in a row as scikit-learn has them", async () => {
  writeBin(join(folder, "bin/agedb_30.bin"), people(13));
  const set = await loadCropPairs(join(folder, "bin"), { name: "AgeDB-30", stem: "agedb_30" });
  expect(set.images).toHaveLength(52);
  expect(set.images[3]).toMatchObject({ key: "agedb_30.bin#3", face: { kind: "crop" }, place: { kind: "bytes" } });
  expect([...set.pairs!.same].slice(0, 4)).toEqual([1, 0, 1, 0]);
  expect([...set.pairs!.fold!]).toEqual(contiguousFolds(26, 10));
  expect(await loadCropPairs(join(folder, "bin/agedb_30.bin"), { name: "AgeDB-30" })).toEqual(set);
});

test("a list of label and two crops, as a .bin unpacked", async () => {
  const lines = Array.from(
    { length: 10 },
    (_, i) => `${i % 2} agedb_30_112x112/${i}.jpg agedb_30_112x112/${i + 1}.jpg`,
  );
  const { images, pairs } = parseLabelledPairs("AgeDB-30", { file: "f", text: lines.join("\n") });
  expect(images).toHaveLength(11);
  expect(pairs[1]).toEqual({ a: 1, b: 2, same: true, fold: 1 });
});

test("what cannot be measured is refused", async () => {
  const parse = (text: string) => () => parseTwoLinePairs("X", { file: "f", text });
  expect(parse("a.jpg 1")).toThrow("f: expected two lines a pair, got 1 lines");
  expect(parse("a.jpg 1\nb.jpg 0")).toThrow("f:2: expected the label 1 of the line before, got 0");
  expect(parse("a.jpg 1\n../b.jpg 1")).toThrow("f:2: expected a path inside the data set");
  expect(parse("a.jpg 1\nb.jpg 1")).toThrow("f: expected ten pairs of each kind or more, got 1 pairs");
  const wanted = "X: expected x.bin or x_ann.txt or pairs_X.txt in";
  await expect(loadCropPairs(folder, { name: "X", stem: "x", list: "pairs_X.txt" })).rejects.toThrow(wanted);
  writeCalfw(join(folder, "calfw"), people(20));
  rmSync(join(folder, "calfw/aligned images/P_3_0001.jpg"));
  const options = { name: "CALFW", stem: "calfw", list: "pairs_CALFW.txt" };
  await expect(loadCropPairs(join(folder, "calfw"), options)).rejects.toThrow("CALFW: 1 of 40 images are not in");
  const { templates, images, absent } = await loadCropPairs(join(folder, "calfw"), { ...options, allowMissing: true });
  expect([images.length, absent, templates.filter((t) => t.images.length === 0).length]).toEqual([
    39,
    ["P_3_0001.jpg"],
    1,
  ]);
});
