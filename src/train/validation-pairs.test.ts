import { expect, test } from "vitest";
import { pairsInOrder, pairsOfPeople } from "./validation-pairs.ts";

test("images of an evaluation file are paired in order, in ten folds of pairs in order", () => {
  const { a, b, fold } = pairsInOrder(Array.from({ length: 21 }, (_, i) => i % 3 === 0));
  expect([a[20], b[20]]).toEqual([40, 41]);
  expect(fold.filter((f) => f === 0).length).toBe(3);
  expect(fold.at(-1)).toBe(9);
});

test("pairs of people: half of one person, no picture with itself, the same each time, in folds of both kinds", () => {
  const labels = Array.from({ length: 60 }, (_, i) => Math.floor(i / 6));
  const { a, b, same, fold } = pairsOfPeople(labels);
  expect(same.length).toBe(2 * 150);
  expect(same.filter(Boolean).length).toBe(150);
  same.forEach((is, i) => void expect(labels[a[i]!] === labels[b[i]!]).toBe(is));
  expect(a.some((picture, i) => picture === b[i])).toBe(false);
  for (let f = 0; f < 10; f++) expect(new Set(same.filter((_, i) => fold[i] === f)).size).toBe(2);
  expect(pairsOfPeople(labels).b).toEqual(b);
  expect(pairsOfPeople(labels, { most: 20 }).same.length).toBe(40);
});

test.each([
  [[0, 0, 0, 0, 0, 0], "15 and 1"],
  [[0, 0, 1, 1, 2, 3], "2 and 4"],
])("too few pairs are told: %j", (labels, got) => {
  expect(() => pairsOfPeople(labels)).toThrow(
    `validation: expected 10 pairs of one person, and two people, got ${got}`,
  );
});
