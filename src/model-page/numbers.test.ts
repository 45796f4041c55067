import { expect, test } from "vitest";
import { formatBytes, formatCount, formatMetric, formatScaled, formatShape } from "./numbers.ts";

test.each([
  [93_000, "93K"],
  [5_100_000, "5.1 million"],
  [11_960_000, "11.96 million"],
  [360_232, "360,232"],
  [17_091_657, "17,091,657"],
  [13_000, "13,000"],
  [0, "0"],
])("a count of %d is written %s", (count, text) => {
  expect(formatCount(count)).toBe(text);
});

test.each([
  [12_089_606_144, "12.09 G"],
  [65_156_160, "65.16 M"],
  [44_760, "44.76 k"],
  [7, "7"],
])("%d is %s with a prefix", (count, text) => {
  expect(formatScaled(count)).toBe(text);
});

test("a share is a percentage with its deviation; any other figure stays what it is", () => {
  expect(formatMetric("accuracy", 0.9945, 0.0033)).toBe("99.45 ± 0.33 %");
  expect(formatMetric("TAR@FAR 1e-4", 0.9725)).toBe("97.25 %");
  expect(formatMetric("FID", 70.39)).toBe("70.39");
});

test("a side of any length is a question mark", () => {
  expect(formatShape([1, 3, -1, -1])).toBe("[1, 3, ?, ?]");
});

test("megabytes are millions of bytes", () => {
  expect([formatBytes(4_884_269), formatBytes(32_352)]).toEqual(["4.9 MB", "32,352 bytes"]);
});
