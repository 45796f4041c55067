import { expect, test } from "vitest";
import { createImage } from "../image/image.ts";
import { type LabelledFace, makeSamples } from "./samples.ts";
import { VARIANTS } from "./variants.ts";

const face = (person: number, value = 0): LabelledFace => {
  const image = createImage(112, 112, new Uint8Array(3 * 112 * 112).fill(value));
  return { person, crops: { arcface: image, none: image, mirrored: image } };
};
const people = (count: number, photos: number): LabelledFace[] =>
  Array.from({ length: count * photos }, (_, i) => face(Math.floor(i / photos)));

test("labelled people are fed photograph by photograph, person after person, four of each at most", () => {
  const { samples, kind } = makeSamples(people(15, 6), { limit: 40, areLabelled: true });
  expect(kind).toBe("people");
  expect(samples).toHaveLength(40);
  const persons = samples.map(({ label }) => label.person);
  for (let i = 0; i < 40; i += 4) expect(new Set(persons.slice(i, i + 4)).size).toBe(1);
  expect(new Set(persons).size).toBe(10);
});

test.each([
  ["too few people with two photographs", [...people(11, 2), ...people(30, 1).map((f) => face(f.person + 20))], true],
  ["nobody knows whom", people(15, 6), false],
] as const)("of %s, each face is fed in variants", (_, faces, areLabelled) => {
  const { samples, kind } = makeSamples(faces, { limit: 31 * VARIANTS + 1, areLabelled });
  expect(kind).toBe("variants");
  expect(samples).toHaveLength(31 * VARIANTS);
  // Only variants of one face are a genuine pair.
  expect(new Set(samples.map(({ label }) => label.identity)).size).toBe(31);
});

test("a variant is another picture of the same size", () => {
  const { samples } = makeSamples([face(0, 200), face(1, 200)], { limit: 12, areLabelled: false });
  const crops = samples.slice(0, VARIANTS).map((sample) => sample.crop("arcface"));
  for (const { width, height } of crops) expect([width, height]).toEqual([112, 112]);
  expect(new Set(crops.map(({ data }) => data.toString())).size).toBeGreaterThan(3);
});
