import { expect, test } from "vitest";
import type { TestPairs, TestTemplate } from "../data/test-set.ts";
import { peopleOf } from "./people.ts";

const template = (person: string | null): TestTemplate => ({ name: "", person, images: [] });
const pairs = (list: readonly (readonly [number, number, number])[]): TestPairs => ({
  a: Uint32Array.from(list, ([a]) => a),
  b: Uint32Array.from(list, ([, b]) => b),
  same: Uint8Array.from(list, ([, , same]) => same),
  fold: null,
  columns: {},
});

test("templates of one name are one person", () => {
  expect([...peopleOf(["Ann", "Bob", "Ann"].map(template), null)]).toEqual([0, 1, 0]);
});

test("without names those are one person whom pairs of one person link, over others too", () => {
  const linked = pairs([
    [0, 1, 1],
    [1, 2, 1],
    [2, 3, 0],
  ]);
  expect([...peopleOf([null, null, null, null].map(template), linked)]).toEqual([0, 0, 0, 1]);
});
