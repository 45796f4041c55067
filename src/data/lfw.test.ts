import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DATA, needsData } from "../../test/needs.ts";
import { parseLfwPairs } from "./lfw.ts";

const TWO_FOLDS = ["2\t1", "Ann\t1\t4", "Ann\t1\tBob\t12", "Cy\t2\t3", "Cy\t3\tDi\t1", ""].join("\n");

test("parseLfwPairs reads folds, same pairs first, and names images by four digits", () => {
  const { name, images, pairs } = parseLfwPairs(TWO_FOLDS);
  expect(name).toBe("LFW");
  expect(images.slice(0, 3)).toEqual(["Ann/Ann_0001.jpg", "Ann/Ann_0004.jpg", "Bob/Bob_0012.jpg"]);
  expect(pairs).toEqual([
    { a: 0, b: 1, same: true, fold: 0 },
    { a: 0, b: 2, same: false, fold: 0 },
    { a: 3, b: 4, same: true, fold: 1 },
    { a: 4, b: 5, same: false, fold: 1 },
  ]);
});

test("parseLfwPairs reads Windows line ends, a byte order mark and spaces for tabs alike", () => {
  const other = `\uFEFF${TWO_FOLDS.replaceAll("\n", "\r\n").replaceAll("\t", "  ")}`;
  expect(parseLfwPairs(other)).toEqual(parseLfwPairs(TWO_FOLDS));
});

test("a header of one number is one fold", () => {
  expect(parseLfwPairs("1\nAnn\t1\t4\nAnn\t1\tBob\t12").pairs.map(({ fold }) => fold)).toEqual([0, 0]);
});

needsData("lfw/pairs.txt")("the official pairs.txt has 6,000 pairs in ten folds over 7,701 images", () => {
  const { images, pairs } = parseLfwPairs(readFileSync(join(DATA, "lfw/pairs.txt"), "utf8"));
  expect(images).toHaveLength(7701);
  expect(pairs).toHaveLength(6000);
  for (let fold = 0; fold < 10; fold++) {
    const own = pairs.filter((pair) => pair.fold === fold);
    expect([own.length, own.filter(({ same }) => same).length]).toEqual([600, 300]);
  }
});

test.each<[string, string, string]>([
  ["an empty file", " \n\n", "pairs.txt: expected LFW pairs, got an empty file"],
  [
    "people.txt's header",
    "Ann\t4\nBob\t1",
    'pairs.txt:1: expected a header of folds and pairs, such as 10 and 300, got "Ann',
  ],
  [
    "no header",
    TWO_FOLDS.slice(4),
    'pairs.txt:1: expected a header of folds and pairs, such as 10 and 300, got "Ann\t1\t4"',
  ],
  ["zero folds", "0\t300", 'got "0\t300"'],
  ["a CSV", "1\nAnn,1,4\nAnn,1,Bob,12", "pairs.txt:2: expected a pair of one person: name, number, number"],
  ["a cut file", "10\t300\nAnn\t1\t4", "expected 6000 pairs as the header says (10 × 2 × 300), got 1"],
  ["a line too many", `${TWO_FOLDS}Ed\t1\tFay\t1\n`, "expected 4 pairs as the header says (2 × 2 × 1), got 5"],
  ["different before same", "1\nAnn\t1\tBob\t12\nAnn\t1\t4", "pairs.txt:2: expected a pair of one person"],
  ["same among different", "1\nAnn\t1\t4\nAnn\t1\t2", "pairs.txt:3: expected a pair of two people"],
  ["one person as two", "1\nAnn\t1\t4\nAnn\t1\tAnn\t2", "pairs.txt:3: expected a pair of two people"],
  ["a number that is none", "1\nAnn\t1\tx\nAnn\t1\tBob\t12", "pairs.txt:2: expected a pair of one person"],
])("parseLfwPairs refuses %s", (_, text, message) => {
  expect(() => parseLfwPairs(text)).toThrow(
    expect.objectContaining({ code: "UNSUPPORTED_FORMAT", message: expect.stringContaining(message) }),
  );
});

test.each(["..", "../../etc", "/etc", "a\\b"])("parseLfwPairs refuses the name %s", (name) => {
  expect(() => parseLfwPairs(`1\n${name}\t1\t4\nAnn\t1\tBob\t12`)).toThrow(
    expect.objectContaining({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining("pairs.txt:2: expected a person's name"),
    }),
  );
});
