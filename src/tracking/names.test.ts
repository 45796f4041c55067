import { expect, test } from "vitest";
import { addCandidates, type NameCandidate, sureName } from "./names.ts";

const rules = { nameSimilarity: 0.4 };
/** What is heard of each name after these looks, and the name that is sure. */
function after(looks: readonly (readonly NameCandidate[])[], { quality = 0.9 } = {}) {
  let names: ReadonlyMap<string, number> = new Map();
  let name: string | null = null;
  for (const candidates of looks) {
    names = addCandidates(names, { embedding: new Float32Array(1), quality }, candidates, rules);
    name = sureName(names, name);
  }
  return name;
}
const is = (name: string, similarity: number): NameCandidate => ({ name, similarity });
const times = <T>(n: number, value: T): T[] => Array<T>(n).fill(value);

test("one look makes no name, two good ones do", () => {
  expect(after([[is("Anna", 0.75)]])).toBeNull();
  expect(after(times(2, [is("Anna", 0.75)]))).toBe("Anna");
});

test("looks near the threshold take longer, below it they never suffice", () => {
  expect(after(times(4, [is("Anna", 0.45)]))).toBeNull();
  expect(after(times(8, [is("Anna", 0.45)]))).toBe("Anna");
  expect(after(times(100, [is("Anna", 0.39)]))).toBeNull();
});

test("poor looks weigh less", () => {
  expect(after(times(8, [is("Anna", 0.45)]), { quality: 0.3 })).toBeNull();
});

test("of two names as likely neither is sure", () => {
  expect(after(times(20, [is("Anna", 0.7), is("Bela", 0.69)]))).toBeNull();
});

test("a name stays through some looks that do not confirm it, and goes when they go on", () => {
  const sure = times(3, [is("Anna", 0.8)]);
  expect(after([...sure, ...times(3, [is("Anna", 0.3)])])).toBe("Anna");
  expect(after([...sure, ...times(20, [is("Anna", 0.2)])])).toBeNull();
});

test("a name that the gallery no longer lists counts as no better than the last that it does", () => {
  const sure = times(3, [is("Anna", 0.8)]);
  expect(after([...sure, ...times(20, [is("Bela", 0.7), is("Cleo", 0.1)])])).toBe("Bela");
});
