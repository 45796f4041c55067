import { expect, test } from "vitest";
import { ARCFACE_TEMPLATE, arcfaceTemplate, landmarks68To5, mapLandmarks, mirrorNames } from "./landmarks.ts";
import type { Point } from "./types.ts";

const EXACT = { atol: 1e-9 };

test("the template is InsightFace's, in its order", () => {
  expect(arcfaceTemplate()).toEqual(ARCFACE_TEMPLATE);
  expect(ARCFACE_TEMPLATE.flat()).toEqual([
    38.2946, 51.6963, 73.5318, 51.5014, 56.0252, 71.7366, 41.5493, 92.3655, 70.7299, 92.2041,
  ]);
});

test.each([
  [224, 2, 0], // a multiple of 112
  [128, 1, 8], // of 128: 8 px to the right
  [256, 2, 16],
  [896, 8, 0], // of both: 112 is asked first
  [160, 160 / 112, 0], // of neither: as 112
  [56, 0.5, 0],
])("the template at %i is scaled by %f and shifted by %f", (size, ratio, dx) => {
  expect(arcfaceTemplate(size)).toBeCloseToTensor(
    ARCFACE_TEMPLATE.map(([x, y]) => [x * ratio + dx, y * ratio]),
    EXACT,
  );
});

test.each([0, -112, 112.5, Number.NaN])("a template of size %f is refused", (size) => {
  expect(() => arcfaceTemplate(size)).toThrow("arcfaceTemplate: expected a whole number of pixels");
});

test("68 landmarks become five: lids, nose tip, mouth corners", () => {
  const points = Array.from({ length: 68 }, (_, i): Point => [i, i * i]);
  expect(landmarks68To5(points)).toEqual([
    [39, (37 ** 2 + 38 ** 2 + 40 ** 2 + 41 ** 2) / 4],
    [45, (43 ** 2 + 44 ** 2 + 46 ** 2 + 47 ** 2) / 4],
    [30, 900],
    [48, 2304],
    [54, 2916],
  ]);
});

test("the corners of the eyes have no part in it, as they have in InsightFace's choice", () => {
  const points = Array.from({ length: 68 }, (_, i): Point => ([36, 39, 42, 45].includes(i) ? [9e9, 9e9] : [i, 1]));
  expect(landmarks68To5(points)).toEqual([
    [39, 1],
    [45, 1],
    [30, 1],
    [48, 1],
    [54, 1],
  ]);
});

test("landmarks68To5 refuses another number of points", () => {
  expect(() => landmarks68To5([[1, 2]])).toThrow("landmarks68To5: expected 68 points, got 1");
});

test("mapLandmarks moves points and keeps their order; mirrorNames swaps left and right twice to nothing", () => {
  expect(mapLandmarks([2, 0, 1, 0, 3, -1], ARCFACE_TEMPLATE)[2]).toBeCloseToTensor([113.0504, 214.2098], EXACT);
  expect(mirrorNames(ARCFACE_TEMPLATE).map(([x]) => x)).toEqual([73.5318, 38.2946, 56.0252, 70.7299, 41.5493]);
  expect(mirrorNames(mirrorNames(ARCFACE_TEMPLATE))).toEqual(ARCFACE_TEMPLATE);
});
