import { expect, test } from "vitest";
import { inferLayout, inputLayoutProblem, outputLayoutProblem } from "./layout.ts";

// The first four are luxonis-ml's own examples and the reference's; the rest follow from its rules.
test.each<[number[], string | null]>([
  [[1, 3, 256, 256], "NCHW"],
  [[256, 256, 3], "HWC"],
  [[1, 19, 7, 8], "NCDE"],
  [[1, 512], "NC"],
  [[1, 112, 112, 3], "NHWC"],
  [[3, 112, 112], "CHW"],
  [[1], "N"],
  [[2], "C"],
  [[4, 3, 112, 112], "CDEF"],
  [[1, 1, 64, 64], "NCHW"],
  [[1, 3, 3, 3], "NCDE"],
  [[1, 3, 3, 64], "NCDE"],
  [[1, 64, 3, 3], "NCDE"],
  [[1, 12800, 1], "NCD"],
  [[1, 1, 3], "NCD"],
  [[12800, 4], "CD"],
  [[2, 1, 1, 1], "CDEF"],
  [Array(13).fill(2), "CDEFGHIJKLMNO"],
  [[1, ...Array(12).fill(2)], "NCDEFGHIJKLMO"],
  [Array(24).fill(2), "CDEFGHIJKLMNOPQRSTUVWXYZ"],
  [Array(25).fill(2), null],
  [[], null],
])("inferLayout(%j) is %s", (shape, layout) => {
  expect(inferLayout(shape)).toBe(layout);
});

test.each<[string, number[], boolean, string | null]>([
  ["NCHW", [1, 3, 112, 112], true, null],
  ["NHWC", [1, 112, 112, 3], true, null],
  ["CHW", [3, 112, 112], true, null],
  ["NF", [1, 512], false, null],
  ["NCHH", [1, 3, 112, 112], true, "Layout must not contain duplicate letters."],
  ["NCHH", [1, 3], true, "Layout must not contain duplicate letters."],
  ["NCH", [1, 3, 112, 112], true, "Layout and shape must have the same length."],
  ["CNHW", [1, 3, 112, 112], true, "If N (batch size) is included in the layout, it must be first"],
  ["NDHW", [1, 3, 112, 112], true, "C letter must be present in layout for image input type."],
  ["NDHW", [1, 3, 112, 112], false, null],
])("an input's layout %s of %j (image: %s): %s", (layout, shape, isImage, problem) => {
  expect(inputLayoutProblem(layout, shape, isImage)).toBe(problem);
});

test.each<[string, number[] | undefined, string | null]>([
  ["NF", [1, 512], null],
  ["FF", [1, 512], null],
  ["NC", undefined, "Shape must be defined if layout is defined."],
  ["NC", [1, 2, 3], "Layout and shape must have the same length."],
  ["CN", [2, 1], "If N (batch size) is included in the layout, it must be first"],
])("an output's layout %s of %j: %s", (layout, shape, problem) => {
  expect(outputLayoutProblem(layout, shape)).toBe(problem);
});
