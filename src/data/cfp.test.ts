import { expect, test } from "vitest";
import { type CfpFiles, parseCfpPairs } from "./cfp.ts";

const photos = (kind: string, count: number): string =>
  Array.from({ length: count }, (_, i) => `${i + 1} ../Data/Images/001/${kind}/0${i + 1}.jpg`).join("\n");

const files: CfpFiles = {
  frontal: { file: "F.txt", text: photos("frontal", 4) },
  profile: { file: "P.txt", text: photos("profile", 2) },
  splits: [
    { same: { file: "01/same.txt", text: "1,2\n" }, diff: { file: "01/diff.txt", text: "3,1\n" } },
    { same: { file: "02/same.txt", text: "4,2\r\n" }, diff: { file: "02/diff.txt", text: "2, 1\n" } },
  ],
};

const withSame = (text: string): CfpFiles => ({
  ...files,
  splits: [{ same: { file: "01/same.txt", text }, diff: { file: "01/diff.txt", text: "3,1\n" } }],
});

test("in FP the second index is of the profile list, from 1", () => {
  const { name, images, pairs } = parseCfpPairs("FP", files);
  expect(name).toBe("CFP-FP");
  expect(images.slice(0, 2)).toEqual(["Data/Images/001/frontal/01.jpg", "Data/Images/001/profile/02.jpg"]);
  expect(pairs).toEqual([
    { a: 0, b: 1, same: true, fold: 0 },
    { a: 2, b: 3, same: false, fold: 0 },
    { a: 4, b: 1, same: true, fold: 1 },
    { a: 5, b: 3, same: false, fold: 1 },
  ]);
});

test("in FF both indices are of the frontal list", () => {
  const { images } = parseCfpPairs("FF", files);
  expect(images.every((image) => image.includes("frontal"))).toBe(true);
  expect(images).toHaveLength(4);
});

test.each<[string, CfpFiles, string]>([
  [
    "an index beyond the list",
    withSame("1,2\n1,3"),
    "01/same.txt:2: expected indices of the pair lists (from 1), got 1,3: 3 is in no list",
  ],
  [
    "an index of 0",
    withSame("0,1"),
    "01/same.txt:1: expected indices of the pair lists (from 1), got 0,1: 0 is in no list",
  ],
  ["a pair of names", withSame("a,b"), '01/same.txt:1: expected two indices, such as 7,448, got "a,b"'],
  ["three indices", withSame("1,2,3"), "01/same.txt:1: expected two indices"],
  ["files of other lengths", withSame("1,2\n1,1"), "as many lines in 01/same.txt as in 01/diff.txt, got 2 and 1"],
  [
    "a list without indices",
    { ...files, frontal: { file: "F.txt", text: "../Data/a.jpg" } },
    'F.txt:1: expected an index and a path, got "../Data/a.jpg"',
  ],
  [
    "an index twice",
    { ...files, profile: { file: "P.txt", text: "1 a.jpg\n1 b.jpg" } },
    "P.txt:2: expected each index once, got 1 again",
  ],
])("parseCfpPairs refuses %s", (_, wrong, message) => {
  expect(() => parseCfpPairs("FP", wrong)).toThrow(
    expect.objectContaining({ code: "UNSUPPORTED_FORMAT", message: expect.stringContaining(message) }),
  );
});

test.each(["../../secret.jpg", "/etc/passwd", "C:\\a.jpg", "..", "../Data/../../x.jpg"])(
  "parseCfpPairs refuses the path %s, outside the data set",
  (path) => {
    const frontal = { file: "F.txt", text: `1 ${path}` };
    expect(() => parseCfpPairs("FF", { ...files, frontal })).toThrow(
      expect.objectContaining({
        code: "INVALID_ARGUMENT",
        message: expect.stringContaining("F.txt:1: expected a path inside"),
      }),
    );
  },
);

test("parseCfpPairs refuses to measure without splits", () => {
  expect(() => parseCfpPairs("FF", { ...files, splits: [] })).toThrow("cfp: expected splits of FF, got none");
});
