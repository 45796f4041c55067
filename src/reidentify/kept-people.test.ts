import { expect, test } from "vitest";
import { createMemoryStore } from "../gallery/store-memory.ts";
import { dot } from "../tensor/vector.ts";
import { createPeople } from "../tracking/people.ts";
import type { PeopleState } from "../tracking/person.ts";
import { face } from "../tracking/testing/faces.ts";
import { KeptPeople } from "./kept-people.ts";

const FINGERPRINT = "test/net@1";
const [anna, bela, chen] = [face(1), face(2), face(3)];

function state(...people: [id: number, name: string | null, looks: Float32Array][]): PeopleState {
  const known = people.map(([id, name, look]) => ({
    id,
    name,
    visits: 1,
    apart: [],
    views: [{ direction: Array.from(look), weight: 2, quality: 0.8 }],
  }));
  return { version: 1, nextPerson: 10, people: known };
}

test("who was seen is enrolled under the label, once; who has a name already is not enrolled again", async () => {
  const store = createMemoryStore();
  await store.enrol("Anna", FINGERPRINT, [{ embedding: anna, imageSha256: null, source: null }]);
  const kept = new KeptPeople(store);
  await kept.load();
  const seen = state([0, "Anna", anna], [1, null, bela]);
  expect(await kept.keep(seen, FINGERPRINT)).toEqual(["person_1"]);
  expect(await kept.keep(seen, FINGERPRINT)).toEqual([]);
  expect((await store.people()).map(({ name }) => name)).toEqual(["Anna", "person_1"]);
  expect(dot((await store.templates(2))[0]!.embedding, bela)).toBeCloseTo(1, 5);
});

test("a later run knows them from the start, by name and by number, and gives nobody a number that is taken", async () => {
  const store = createMemoryStore();
  await store.enrol("Anna", FINGERPRINT, [{ embedding: anna, imageSha256: null, source: null }]);
  await store.enrol("person_4", FINGERPRINT, [{ embedding: bela, imageSha256: null, source: null }]);
  const loaded = await new KeptPeople(store).load();
  expect(loaded.people.map(({ id, name }) => [id, name])).toEqual([
    [5, "Anna"],
    [4, null],
  ]);
  expect(loaded.nextPerson).toBe(6);
  expect(createPeople({ state: loaded }).export().people).toHaveLength(2);
});

test("who is removed from the gallery meanwhile does not come back by itself", async () => {
  const store = createMemoryStore();
  const kept = new KeptPeople(store);
  const seen = state([0, null, anna], [1, null, chen]);
  await kept.keep(seen, FINGERPRINT);
  await store.remove("person_1");
  expect(await kept.keep(seen, FINGERPRINT)).toEqual([]);
  expect((await store.people()).map(({ name }) => name)).toEqual(["person_0"]);
});

test("names that only look like labels are names", async () => {
  const store = createMemoryStore();
  for (const [i, name] of ["person_", "person_01", "person_x", "Person_3", "person_-1"].entries()) {
    await store.enrol(name, FINGERPRINT, [{ embedding: face(i + 10), imageSha256: null, source: null }]);
  }
  const { people } = await new KeptPeople(store).load();
  expect(people.every(({ name }) => name !== null)).toBe(true);
});
