import { expect, test } from "vitest";
import { createRandom } from "../tensor/random.ts";
import { createPeople, type PeopleOptions, type PeopleUpdate } from "./people.ts";
import { templateOf } from "./template.ts";
import { face, look, seen } from "./testing/faces.ts";
import type { Observation, Track } from "./track.ts";
import { createTracker } from "./tracker.ts";
import type { PersonEvent } from "./visits.ts";

const MS = 40;
const [anna, bela, cleo] = [face(1), face(2), face(3)];

/** A film: frames of faces, through the tracker, embedded all; what people say of each frame, and all events. */
function play(
  frames: readonly (readonly Observation[])[],
  {
    cuts = [],
    names,
    finish = true,
    ...options
  }: PeopleOptions & { cuts?: readonly number[]; names?: ReadonlyMap<string, Float32Array>; finish?: boolean } = {},
) {
  const tracker = createTracker();
  const people = createPeople(options);
  const events: PersonEvent[] = [];
  const updates: PeopleUpdate[] = [];
  /** By frame, the label of each observation. */
  const labels = frames.map((frame, i) => {
    const tracks = tracker.update(frame, i * MS, { cut: cuts.includes(i) });
    const candidates = new Map(
      tracks.flatMap(({ id, sample }) => {
        if (!sample || !names) return [];
        const all = [...names].map(([name, of]) => ({
          name,
          similarity: sample.embedding.reduce((sum, value, k) => sum + value * of[k]!, 0),
        }));
        return [[id, all.sort((a, b) => b.similarity - a.similarity)] as const];
      }),
    );
    const update = people.update(tracks, i * MS, names ? { candidates } : {});
    updates.push(update);
    events.push(...update.events);
    return frame.map((_, k) => update.identities[tracks.findIndex((t) => t.observation === k)]?.label ?? null);
  });
  if (finish) events.push(...people.finish());
  return { labels, events, updates, people };
}

const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const heard = (labels: readonly (readonly (string | null)[])[], k = 0): (string | null)[] => [
  ...new Set(labels.map((frame) => frame[k] ?? null).filter((label) => label !== null)),
];

test("a face gets a label when it is sure, and keeps it", () => {
  const random = createRandom(1);
  const { labels, events } = play(
    times(50, (i) => [seen(100 + 3 * i, 200, { embedding: look(anna, { random, noise: 0.7 }) })]),
  );
  expect(labels.slice(0, 2)).toEqual([[null], [null]]);
  expect(labels.slice(2).flat()).toEqual(Array(48).fill("person_0"));
  expect(events).toEqual([
    { type: "arrived", visit: 0, person: 0, atMs: 0, decidedMs: 80 },
    { type: "left", visit: 0, person: 0, arrivedMs: 0, atMs: 49 * MS },
  ]);
});

test("after cuts people keep their labels wherever they are, and newcomers get the next", () => {
  const random = createRandom(2);
  const of = (person: Float32Array, x: number): Observation =>
    seen(x, 200, { embedding: look(person, { random, noise: 0.7 }) });
  const { labels } = play(
    [
      ...times(20, () => [of(anna, 100), of(bela, 300)]),
      ...times(20, () => [of(cleo, 100)]),
      ...times(20, () => [of(bela, 100), of(anna, 300)]),
    ],
    { cuts: [20, 40] },
  );
  expect(heard(labels.slice(0, 20), 0)).toEqual(["person_0"]);
  expect(heard(labels.slice(0, 20), 1)).toEqual(["person_1"]);
  expect(heard(labels.slice(20, 40), 0)).toEqual(["person_2"]);
  expect(heard(labels.slice(40), 0)).toEqual(["person_1"]);
  expect(heard(labels.slice(40), 1)).toEqual(["person_0"]);
});

test("two faces of one frame are two people, however alike", () => {
  const random = createRandom(3);
  const twin = (x: number): Observation => seen(x, 200, { embedding: look(anna, { random, noise: 0.3 }) });
  const { labels, events } = play(times(60, () => [twin(100), twin(400)]));
  expect(heard(labels, 0)).toEqual(["person_0"]);
  expect(heard(labels, 1)).toEqual(["person_1"]);
  expect(events.filter(({ type }) => type === "merged")).toEqual([]);
});

test("a moment out of sight is no new visit; a long absence is, under the same label", () => {
  const random = createRandom(4);
  const here = (): Observation[] => [seen(100, 200, { embedding: look(anna, { random }) })];
  const nobody = (n: number): Observation[][] => times(n, () => []);
  const short = play([...times(20, here), ...nobody(60), ...times(20, here)]);
  expect(short.events.map(({ type }) => type)).toEqual(["arrived", "left"]);
  const long = play([...times(20, here), ...nobody(120), ...times(20, here)]);
  expect(long.events).toMatchObject([
    { type: "arrived", visit: 0, person: 0, atMs: 0 },
    { type: "left", visit: 0, person: 0, atMs: 19 * MS },
    { type: "arrived", visit: 1, person: 0, atMs: 140 * MS },
    { type: "left", visit: 1, person: 0, arrivedMs: 140 * MS },
  ]);
  expect(long.people.export().people[0]!.visits).toBe(2);
});

test("a smear is labelled at last, but is nobody's visit and is not kept", () => {
  const { labels, events, people } = play(times(60, () => [seen(100, 200, { embedding: face(9), quality: 0.1 })]));
  expect(labels[10]).toEqual([null]);
  expect(labels.at(-1)).toEqual(["person_0"]);
  expect(events).toEqual([]);
  expect(people.export()).toEqual({ version: 1, nextPerson: 1, people: [] });
});

test("somebody taken for new from a bad side becomes who they were once they turn round", () => {
  const random = createRandom(5);
  // The side view has a cosine of 0.1 to the front, half-way 0.7 to both.
  const side = look(anna, { random, noise: 9 });
  const half = anna.map((value, i) => value + side[i]!);
  const of = (person: Float32Array): Observation[] => [
    seen(100, 200, { embedding: look(person, { random, noise: 0.2 }) }),
  ];
  const { labels, events } = play(
    [
      ...times(20, () => of(anna)),
      ...times(40, () => of(side)),
      ...times(20, () => of(half)),
      ...times(20, () => of(anna)),
    ],
    { cuts: [20] },
  );
  expect(heard(labels)).toEqual(["person_0", "person_1"]);
  expect(labels.at(-1)).toEqual(["person_0"]);
  // One visit, begun when she first came.
  expect(events.map(({ type }) => type)).toEqual(["arrived", "arrived", "merged", "left"]);
  expect(events.at(-1)).toMatchObject({ person: 0, visit: 0, arrivedMs: 0 });
});

test("people are known again from what was exported, through JSON", () => {
  const random = createRandom(6);
  const of = (person: Float32Array): Observation[] => [seen(100, 200, { embedding: look(person, { random }) })];
  const first = play([...times(20, () => of(anna)), ...times(20, () => of(bela))], { cuts: [20] });
  const state = JSON.parse(JSON.stringify(first.people.export()));
  const second = play([...times(20, () => of(bela)), ...times(20, () => of(cleo)), ...times(20, () => of(anna))], {
    cuts: [20, 40],
    state,
  });
  expect(heard(second.labels.slice(0, 20))).toEqual(["person_1"]);
  expect(heard(second.labels.slice(20, 40))).toEqual(["person_2"]);
  expect(heard(second.labels.slice(40))).toEqual(["person_0"]);
  expect(() => createPeople({ state: { ...state, version: 2 } })).toThrow("version 1, got 2");
  state.people[0].views[0].direction[3] = null;
  expect(() => createPeople({ state })).toThrow("damaged person 0");
});

test("a name of the gallery is given when it is sure, stays through worse looks, and once an event a visit", () => {
  const random = createRandom(7);
  const names = new Map([
    ["Anna", anna],
    ["Cleo", cleo],
  ]);
  const of = (noise: number): Observation[] => [seen(100, 200, { embedding: look(anna, { random, noise }) })];
  const { labels, events } = play(
    [...times(20, () => of(0.7)), ...times(20, () => of(2)), ...times(20, () => of(0.7))],
    {
      names,
    },
  );
  expect(heard(labels)).toEqual(["person_0", "Anna"]);
  expect(labels.slice(10).flat()).toEqual(Array(50).fill("Anna"));
  expect(events.filter(({ type }) => type === "identified")).toMatchObject([{ name: "Anna", person: 0, visit: 0 }]);
});

test("a stranger is nobody of the gallery, and of two in sight who resemble a name one has it", () => {
  const random = createRandom(8);
  const names = new Map([["Anna", anna]]);
  const of = (person: Float32Array, x: number): Observation =>
    seen(x, 200, { embedding: look(person, { random, noise: 0.4 }) });
  const { labels } = play(
    times(40, () => [of(bela, 100), of(anna, 300), of(anna, 500)]),
    { names },
  );
  expect(heard(labels, 0)).toEqual(["person_0"]);
  const last = labels.at(-1)!.slice(1);
  expect(last.filter((label) => label === "Anna")).toHaveLength(1);
  expect(new Set(last).size).toBe(2);
});

test("a track that turns out to be somebody else, look after look, gets their label", () => {
  const random = createRandom(9);
  const people = createPeople();
  /** A track whose template is of one person and whose new look is of another. */
  const track = (id: number, known: Float32Array, now: Float32Array): Track => ({
    id,
    state: "tracked",
    box: [0, 0, 10, 10],
    observation: 0,
    score: 1,
    firstSeenMs: 0,
    lastSeenMs: 0,
    hits: 9,
    template: templateOf([{ direction: known, weight: 3, quality: 0.9 }]),
    sample: { embedding: look(now, { random, noise: 0.4 }), quality: 0.9 },
  });
  const labelOf = (t: Track, frame: number): string | null => people.update([t], frame * MS).identities[0]!.label;
  expect(times(5, (i) => labelOf(track(0, anna, anna), i)).at(-1)).toBe("person_0");
  expect(times(5, (i) => labelOf(track(1, bela, bela), 5 + i)).at(-1)).toBe("person_1");
  expect(times(4, (i) => labelOf(track(1, bela, anna), 10 + i))).toEqual([
    "person_1",
    "person_0",
    "person_0",
    "person_0",
  ]);
});

test("of more than maxPeople the longest absent are forgotten", () => {
  const random = createRandom(11);
  const of = (person: Float32Array): Observation[] => [seen(100, 200, { embedding: look(person, { random }) })];
  const film = [anna, bela, cleo, anna].flatMap((person) => [...times(20, () => of(person)), ...times(60, () => [])]);
  const { labels, people } = play(film, { maxPeople: 2 });
  expect(heard(labels.slice(240))).toEqual(["person_3"]);
  expect(people.export().people.map(({ id }) => id)).toEqual([2, 3]);
});

test("the same film gives the same answers", () => {
  const film = (): string => {
    const random = createRandom(10);
    return JSON.stringify(
      play(
        times(60, (i) =>
          [anna, bela, cleo]
            .slice(0, 1 + (i % 3))
            .map((person, k) => seen(150 * k, 200, { embedding: look(person, { random }) })),
        ),
      ).updates,
    );
  };
  expect(film()).toBe(film());
});
