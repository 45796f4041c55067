import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseCsv } from "./csv.ts";
import { loadDistractors, loadPairCsv, loadPeople } from "./load-own.node.ts";
import { parsePairCsv } from "./pair-csv.ts";
import { pairsOfPictures } from "./people-pairs.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "arcface-own-"));
});
afterEach(() => rmSync(folder, { recursive: true }));
const put = (path: string, content = path): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
};

test("every two pictures of people in folders are a pair, with what columns.csv tells of both", async () => {
  for (const path of ["p/Ann/1.jpg", "p/Ann/2.jpg", "p/Bob/1.jpg"]) put(path);
  put("p/columns.csv", "image,camera,age\nAnn/1.jpg,door,20\nAnn/2.jpg,yard,\nBob/1.jpg,door,30\n");
  const { images, templates, pairs } = await loadPeople(join(folder, "p"));
  expect(images.map(({ key }) => key)).toEqual(["Ann/1.jpg", "Ann/2.jpg", "Bob/1.jpg"]);
  expect(templates.map(({ person }) => person)).toEqual(["Ann", "Ann", "Bob"]);
  expect([[...pairs!.a], [...pairs!.b], [...pairs!.same], pairs!.fold]).toEqual([
    [0, 0, 1],
    [1, 2, 2],
    [1, 0, 0],
    null,
  ]);
  expect(pairs!.columns).toEqual({ camera: ["door × yard", "door", "door × yard"], age: [null, "20 × 30", null] });
});

test("columns of a picture that is not there are refused", async () => {
  for (const path of ["p/Ann/1.jpg", "p/Ann/2.jpg", "p/Bob/1.jpg"]) put(path);
  put("p/columns.csv", "image,camera\nAnn/3.jpg,door");
  await expect(loadPeople(join(folder, "p"))).rejects.toThrow("expected images of the folder, got Ann/3.jpg");
});

test("of too many pairs so many of each kind are drawn, each once, always the same", () => {
  const labels = Array.from({ length: 60 }, (_, i) => i % 6);
  const some = pairsOfPictures(labels, {}, { most: 100 });
  expect(some).toEqual(pairsOfPictures(labels, {}, { most: 100 }));
  expect([...some.same]).toEqual([...Array(100).fill(1), ...Array(100).fill(0)]);
  expect(new Set(Array.from(some.a, (a, i) => a * 60 + some.b[i]!)).size).toBe(200);
  expect(Array.from(some.a, (a, i) => Number(labels[a] === labels[some.b[i]!]))).toEqual([...some.same]);
  expect(() => pairsOfPictures([0, 1, 2], {})).toThrow("expected two people, one of them with two pictures, or more");
  expect(() => pairsOfPictures([0, 0], {})).toThrow("got 1 of 2 pictures");
});

test("a CSV of pairs: columns in any order, paths from its folder, folds counted anew, columns of both put together", async () => {
  for (const path of ["x/1.jpg", "x/2.jpg", "x/3.jpg"]) put(path);
  const rows = [
    "same,b,a,fold,camera_a,camera_b,light",
    "1,x/2.jpg,x/1.jpg,7,door,door,day",
    'no,"x/3.jpg",x/1.jpg,9,door,,',
  ];
  put("pairs.csv", rows.join("\n").replace("no,", "different,"));
  const { images, pairs } = await loadPairCsv(join(folder, "pairs.csv"));
  expect(images.map(({ key }) => key)).toEqual(["x/1.jpg", "x/2.jpg", "x/3.jpg"]);
  expect([[...pairs!.a], [...pairs!.b], [...pairs!.same], [...pairs!.fold!]]).toEqual([
    [0, 0],
    [1, 2],
    [1, 0],
    [0, 1],
  ]);
  expect(pairs!.columns).toEqual({ camera: ["door", null], light: ["day", null] });
  rmSync(join(folder, "x/3.jpg"));
  await expect(loadPairCsv(join(folder, "pairs.csv"))).rejects.toThrow("pairs: 1 of 3 images are not in");
  const lenient = await loadPairCsv(join(folder, "pairs.csv"), { allowMissing: true });
  expect([lenient.absent, lenient.templates[2]!.images]).toEqual([["x/3.jpg"], []]);
});

test.each([
  ["a,b\nx,y", "f:1: expected the columns a, b and same"],
  ["a,b,same", "f:1: expected pairs below the header"],
  ["a,b,same\nx,y,maybe", 'f:2: expected 1 or 0 in the column same, got "maybe"'],
  ["a,b,same\nx,,1", "f:2: expected two images"],
  ["a,b,same,fold\nx,y,1,one", "f:2: expected a whole number in the column fold"],
  ["a,b,same,person_a\nx,y,1,Ann\nx,z,0,Bob", "f:3: expected x to be Ann's, as before, got Bob"],
])("parsePairCsv refuses %j", (text, message) => {
  expect(() => parsePairCsv({ file: "f", text })).toThrow(message);
});

test("CSV fields may be quoted", () => {
  const text = 'a, b ,c\n"1, one","say ""hi""", 3 \n\n';
  expect(parseCsv({ file: "f", text })).toEqual({
    header: ["a", "b", "c"],
    rows: [{ fields: ["1, one", 'say "hi"', "3"], line: 2 }],
  });
  expect(() => parseCsv({ file: "f", text: 'a,b\n"1,2' })).toThrow("f:2: expected quotes that are closed");
});

test("distractors: each two pictures of a person both ways round, strangers as the gallery", async () => {
  for (const path of ["p/Ann/1.jpg", "p/Ann/2.jpg", "p/Bob/1.jpg", "q/Ann/1.jpg", "q/Zoe/1.jpg"]) put(path);
  const { templates, search } = await loadDistractors(join(folder, "p"), [join(folder, "q")]);
  expect([[...search!.probes], [...search!.mates], [...search!.gallery]]).toEqual([
    [0, 1],
    [1, 0],
    [3, 4],
  ]);
  expect(search!.distractors).toBe(2);
  expect(new Set(templates.map(({ person }) => person)).size).toBe(4); // the stranger Ann is another one
  await expect(loadDistractors(join(folder, "q"), [join(folder, "p")])).rejects.toThrow(
    "expected people of two pictures",
  );
  await expect(loadDistractors(join(folder, "p"), [])).rejects.toThrow("expected a folder of strangers, got none");
});
