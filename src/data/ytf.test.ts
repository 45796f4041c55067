import { expect, test } from "vitest";
import { frameNumber, parseLabelledFaces, parseYtfSplits } from "./ytf.ts";

const ORIGINAL = `split number, pair number, first name, second name, is same
1, 1, Ann/1, Ann/2, 1
1, 2, Ann/1, Bob/1, 0
2, 1, Cid\\1, /Bob/1, 0
`;
const CORRECTED = `split_number, pair number, first name, second name, is same original, is same corrected
1, 1, Ann/1, Ann/2, 0, 1
1, 2, Ann/1, Bob/1, 1, 0
`;
const named = (text: string) => ({ file: "splits.txt", text });

test("splits.txt has its label in the fifth column", () => {
  expect(parseYtfSplits(named(ORIGINAL))).toEqual([
    { a: "Ann/1", b: "Ann/2", same: true, fold: 0 },
    { a: "Ann/1", b: "Bob/1", same: false, fold: 0 },
    { a: "Cid/1", b: "Bob/1", same: false, fold: 1 },
  ]);
});

test("splits_corrected.txt has two labels: the corrected ones count, unless the first ones are asked for", () => {
  expect(parseYtfSplits(named(CORRECTED)).map(({ same }) => same)).toEqual([true, false]);
  expect(parseYtfSplits(named(CORRECTED), { labels: "original" }).map(({ same }) => same)).toEqual([false, true]);
  expect(parseYtfSplits(named(ORIGINAL), { labels: "original" })[0]!.same).toBe(true);
});

test("columns are found by their names, wherever they stand", () => {
  const text =
    "is same, second name, first name, pair number, split number\n1, Ann/2, Ann/1, 1, 1\n0, Bob/1, Ann/1, 2, 1";
  expect(parseYtfSplits(named(text))).toEqual(parseYtfSplits(named(ORIGINAL)).slice(0, 2));
});

test("a header of other words leaves the usual order, the label last", () => {
  const text = "a,b,c,d,e,f\n1,1,Ann/1,Ann/2,0,1";
  expect(parseYtfSplits(named(text))).toEqual([{ a: "Ann/1", b: "Ann/2", same: true, fold: 0 }]);
});

test.each([
  ["a label of 2", "1, 1, Ann/1, Ann/2, 2", "splits.txt:2: expected 1 for the same person or 0, got 2"],
  ["a split of 0", "0, 1, Ann/1, Ann/2, 1", "splits.txt:2: expected a split from 1 on, got 0"],
  ["a split of none", "x, 1, Ann/1, Ann/2, 1", "splits.txt:2: expected a split from 1 on, got x"],
  ["splits with a gap", "1, 1, Ann/1, Ann/2, 1\n3, 2, Ann/1, Bob/1, 0", "expected splits 1 to 2, got none numbered 2"],
  ["a missing field", "1, 1, Ann/1, Ann/2", "splits.txt:2: expected 5 fields, as the header has, got 4"],
  ["a name without a video", "1, 1, Ann, Ann/2, 1", 'splits.txt:2: expected a video such as Name/1, got "Ann"'],
])("parseYtfSplits refuses %s", (_, rows, message) => {
  expect(() => parseYtfSplits(named(`${ORIGINAL.split("\n")[0]}\n${rows}`))).toThrow(
    expect.objectContaining({ code: "UNSUPPORTED_FORMAT", message: expect.stringContaining(message) }),
  );
});

test("parseYtfSplits refuses a way out of the folder", () => {
  expect(() => parseYtfSplits(named(`${ORIGINAL.split("\n")[0]}\n1, 1, ../1, Ann/2, 1`))).toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT" }),
  );
});

test("labeled_faces.txt tells the middle of a box and its size", () => {
  const text = "Richard_Gere\\3\\3.618.jpg,0,262,165,132,130,0.0,1\n";
  expect(parseLabelledFaces({ file: "f", text })).toEqual([
    { path: "Richard_Gere/3/3.618.jpg", box: [196, 100, 328, 230] },
  ]);
  expect(() => parseLabelledFaces({ file: "f", text: "Richard_Gere\\3.jpg,0,1,1,1,1" })).toThrow("f:1: expected Name");
  expect(() => parseLabelledFaces({ file: "f", text: "A\\3\\3.1.jpg,0,1,1,0,1" })).toThrow("f:1: expected Name");
});

test("frames are numbered by the last number of their names", () => {
  expect(["aligned_detect_1.618.jpg", "3.9.jpg", "Thumbs.db", "x.jpg"].map(frameNumber)).toEqual([618, 9, null, null]);
});
