import { expect, test } from "vitest";
import { ArcfaceError } from "../errors.ts";
import { Gallery } from "./gallery.ts";
import type { GalleryStore } from "./store.ts";
import { createMemoryStore } from "./store-memory.ts";
import { nearby, randomEmbedding } from "./testing/embeddings.ts";

const MODEL = "team/model@0123456789abcdef";
const [ADA, BOB, CY] = [randomEmbedding(1), randomEmbedding(2), randomEmbedding(3)];
const SHA = "a".repeat(64);

/** Two random directions of 512 numbers have a cosine of 0 ± 0.044; `nearby` with noise 0.5 one of 0.89. */
const THRESHOLD = 0.4;
const options = { threshold: THRESHOLD };

async function galleryWith(store: GalleryStore = createMemoryStore()): Promise<Gallery> {
  const gallery = new Gallery(store, MODEL);
  await gallery.enrolEmbedding("Ada", ADA);
  await gallery.enrolEmbedding("Bob", BOB);
  return gallery;
}

test("identify names the person whose face it is, and shows score, threshold and candidates", async () => {
  await using gallery = await galleryWith();
  const answer = await gallery.identify(nearby(ADA, 0.5, 9), options);
  expect(answer).toMatchObject({ name: "Ada", threshold: THRESHOLD });
  expect(answer.similarity).toBeGreaterThan(0.8);
  expect(answer.candidates.map((c) => c.name)).toEqual(["Ada", "Bob"]);
  expect(answer.candidates[0]!.similarity).toBe(answer.similarity);
});

test("identify says unknown of a stranger, and still shows the nearest", async () => {
  await using gallery = await galleryWith();
  const answer = await gallery.identify(CY, options);
  expect(answer.name).toBeNull();
  expect(answer.similarity).toBeLessThan(THRESHOLD);
  expect(answer.candidates).toHaveLength(2);
});

test("identify takes a similarity that is the threshold", async () => {
  await using gallery = await galleryWith();
  const { similarity } = await gallery.identify(nearby(ADA, 1, 9), options);
  expect((await gallery.identify(nearby(ADA, 1, 9), { threshold: similarity! })).name).toBe("Ada");
  expect((await gallery.identify(nearby(ADA, 1, 9), { threshold: similarity! + 1e-9 })).name).toBeNull();
});

test("nobody is known to an empty gallery", async () => {
  await using gallery = new Gallery(createMemoryStore(), MODEL);
  const answer = await gallery.identify(ADA, options);
  expect(answer).toEqual({ name: null, similarity: null, threshold: THRESHOLD, candidates: [] });
});

test("identify gives at most `limit` candidates", async () => {
  await using gallery = await galleryWith();
  expect((await gallery.identify(ADA, { ...options, limit: 1 })).candidates).toHaveLength(1);
});

test("lookalike finds another person, never the one it is said to be", async () => {
  await using gallery = await galleryWith();
  const face = nearby(ADA, 0.3, 7);
  expect(await gallery.lookalike(face, "Bob", THRESHOLD)).toMatchObject({ name: "Ada" });
  expect(await gallery.lookalike(face, "Newcomer", THRESHOLD)).toMatchObject({ name: "Ada" });
  expect(await gallery.lookalike(face, " Ada ", THRESHOLD)).toBeNull();
  await gallery.enrolEmbedding("Twin", nearby(ADA, 0.4, 8));
  expect(await gallery.lookalike(face, "Ada", THRESHOLD)).toMatchObject({ name: "Twin" });
});

test("enrolling takes raw embeddings, and refuses an image a person has", async () => {
  await using gallery = await galleryWith();
  const raw = CY.map((x) => x * 23);
  expect(await gallery.enrolEmbedding("Cy", raw, { imageSha256: SHA, source: "cy.jpg" })).toMatchObject({
    templates: 1,
  });
  expect((await gallery.findImage(SHA))?.name).toBe("Cy");
  expect((await gallery.identify(CY, options)).name).toBe("Cy");
  await expect(gallery.enrolEmbedding("Cy", raw, { imageSha256: SHA })).rejects.toMatchObject({ code: "CONFLICT" });
});

test("similarityTo compares with one person's best template", async () => {
  await using gallery = await galleryWith();
  const face = nearby(ADA, 0.5, 9);
  const { similarity } = await gallery.identify(face, options);
  expect(await gallery.similarityTo(" Ada ", face)).toBe(similarity);
  expect(await gallery.similarityTo("Bob", face)).toBeLessThan(THRESHOLD);
  expect(await gallery.similarityTo("Zoe", face)).toBeNull();
  await gallery.enrolEmbedding("Bob", face);
  expect(await gallery.similarityTo("Bob", face)).toBeCloseTo(1, 6);
});

test("several faces are enrolled at once, or none", async () => {
  await using gallery = await galleryWith();
  const faces = [CY, nearby(CY, 0.5, 4)].map((embedding) => ({ embedding, imageSha256: null, source: null }));
  expect(await gallery.enrol("Cy", faces)).toMatchObject({ templates: 2 });
  const bad = { ...faces[0]!, embedding: new Float32Array(512) };
  await expect(gallery.enrol("Di", [faces[0]!, bad])).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  expect((await gallery.people()).map((p) => p.name)).toEqual(["Ada", "Bob", "Cy"]);
});

test("what others do to the store is seen by the next call", async () => {
  const store = createMemoryStore();
  await using gallery = await galleryWith(store);
  expect((await gallery.identify(CY, options)).name).toBeNull();
  const template = { embedding: CY, imageSha256: null, source: null };
  await store.enrol("Cy", MODEL, [template]);
  expect((await gallery.identify(CY, options)).name).toBe("Cy");
  await store.rename("Cy", "Di");
  expect((await gallery.identify(CY, options)).name).toBe("Di");
  await store.remove("Di");
  expect((await gallery.identify(CY, options)).name).toBeNull();
  // As many are added as are gone: the count alone would not tell.
  await store.remove("Bob");
  await store.enrol("Cy", MODEL, [template]);
  expect((await gallery.identify(CY, options)).name).toBe("Cy");
  expect((await gallery.identify(BOB, options)).name).toBeNull();
  expect((await gallery.people()).map((p) => p.name)).toEqual(["Ada", "Cy"]);
});

test("an unchanged store is not read again, and a changed one only for what is new", async () => {
  const store = createMemoryStore();
  const asked: (number | undefined)[] = [];
  const snapshot = store.snapshot.bind(store);
  store.snapshot = (after) => {
    asked.push(after);
    return snapshot(after);
  };
  await using gallery = await galleryWith(store);
  await gallery.identify(ADA, options);
  await gallery.identify(BOB, options);
  await gallery.enrolEmbedding("Cy", CY);
  await gallery.identify(CY, options);
  expect(asked).toEqual([0, 2]);
});

test("questions asked at once share one refresh each after the other, and count nobody twice", async () => {
  await using gallery = await galleryWith();
  const answers = await Promise.all([ADA, BOB, ADA, CY].map((probe) => gallery.identify(probe, options)));
  expect(answers.map((a) => a.name)).toEqual(["Ada", "Bob", "Ada", null]);
  expect(answers.every((a) => a.candidates.length === 2)).toBe(true);
});

test("a refresh that failed does not spoil the next", async () => {
  const store = createMemoryStore();
  await using gallery = await galleryWith(store);
  const version = store.version.bind(store);
  store.version = () => Promise.reject(new ArcfaceError("CONFLICT", "busy"));
  await expect(gallery.identify(ADA, options)).rejects.toMatchObject({ code: "CONFLICT" });
  store.version = version;
  expect((await gallery.identify(ADA, options)).name).toBe("Ada");
});

test("another recogniser's gallery is refused, naming both and what to do", async () => {
  const store = createMemoryStore();
  await galleryWith(store);
  await using other = new Gallery(store, "other/model@ffff");
  const error = {
    code: "MODEL_MISMATCH",
    message: expect.stringMatching(/team\/model@0123456789abcdef.*other\/model@ffff/),
    hint: expect.stringMatching(/--model.*enrol .* anew/),
  };
  await expect(other.identify(ADA, options)).rejects.toMatchObject(error);
  await expect(other.lookalike(ADA, "Ada", THRESHOLD)).rejects.toMatchObject(error);
  await expect(other.enrolEmbedding("Ada", ADA)).rejects.toMatchObject(error);
  expect(await other.people()).toHaveLength(2);
});

test("everybody removed, the gallery takes another recogniser's people", async () => {
  const store = createMemoryStore();
  await using gallery = await galleryWith(store);
  await gallery.identify(ADA, options);
  await gallery.remove("Ada");
  await gallery.remove("Bob");
  expect((await gallery.identify(ADA, options)).candidates).toEqual([]);
  await using other = new Gallery(store, "other/model@ffff");
  await other.enrolEmbedding("Ada", randomEmbedding(1, 128));
  expect((await other.identify(randomEmbedding(1, 128), options)).name).toBe("Ada");
  await expect(gallery.identify(ADA, options)).rejects.toMatchObject({ code: "MODEL_MISMATCH" });
});

test.each([
  ["a threshold of NaN", (g: Gallery) => g.identify(ADA, { threshold: Number.NaN }), "−1…1, got NaN"],
  ["a threshold of 2", (g: Gallery) => g.identify(ADA, { threshold: 2 }), "−1…1, got 2"],
  ["a lookalike's threshold of −2", (g: Gallery) => g.lookalike(ADA, "Ada", -2), "−1…1, got -2"],
  ["a limit of 0", (g: Gallery) => g.identify(ADA, { ...options, limit: 0 }), "a limit of 1 or more"],
  ["another length", (g: Gallery) => g.identify(ADA.slice(0, 128), options), "512 numbers, got 128"],
  ["NaN", (g: Gallery) => g.identify(ADA.slice().fill(Number.NaN), options), "NaN at 0"],
  ["zeros", (g: Gallery) => g.enrolEmbedding("Zoe", new Float32Array(512)), "zeros only"],
  ["an empty embedding", (g: Gallery) => g.enrolEmbedding("Zoe", new Float32Array(0)), "an empty one"],
  ["a nameless lookalike", (g: Gallery) => g.lookalike(ADA, " ", THRESHOLD), "only blanks"],
])("%s is refused", async (_, call, message) => {
  await using gallery = await galleryWith();
  await expect(call(gallery)).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: expect.stringContaining(message),
  });
});

test("a gallery needs a fingerprint", () => {
  expect(() => new Gallery(createMemoryStore(), "")).toThrow("the fingerprint of the recogniser");
});

test("closing a gallery closes its store", async () => {
  const store = createMemoryStore();
  await (await galleryWith(store))[Symbol.asyncDispose]();
  await expect(store.people()).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
});

test("removing somebody forgets them at once, and nobody else is read again", async () => {
  const store = createMemoryStore();
  const asked: (number | undefined)[] = [];
  const snapshot = store.snapshot.bind(store);
  store.snapshot = (after) => {
    asked.push(after);
    return snapshot(after);
  };
  await using gallery = await galleryWith(store);
  await gallery.identify(ADA, options);
  await gallery.remove("Ada");
  expect((await gallery.identify(ADA, options)).candidates.map((c) => c.name)).toEqual(["Bob"]);
  expect(asked).toEqual([0, 2]);
});

test("a large gallery answers as a small one, to the bit", async () => {
  const store = createMemoryStore();
  for (let person = 0; person < 60; person++) {
    const embeddings = [0, 1, 2].map((i) => nearby(randomEmbedding(person), i / 3, 1000 + person * 3 + i));
    await store.enrol(
      `Person ${person}`,
      MODEL,
      embeddings.map((embedding) => ({ embedding, imageSha256: null, source: null })),
    );
  }
  const probes = Array.from({ length: 30 }, (_, i) => nearby(randomEmbedding(i * 3), 1, -i));
  await using plain = new Gallery(store, MODEL);
  await using large = new Gallery(store, MODEL, { largeFrom: 1 });
  const bothWays = async (ask: (gallery: Gallery) => Promise<unknown>) =>
    expect(await ask(large)).toEqual(await ask(plain));
  await bothWays((gallery) => Promise.all(probes.map((probe) => gallery.identify(probe, options))));
  await bothWays((gallery) => gallery.identify(probes[0]!, { ...options, limit: 100 }));
  await bothWays((gallery) => gallery.lookalike(probes[0]!, "Person 0", -1));
  await bothWays((gallery) => gallery.similarityTo("Person 3", probes[1]!));
});

test("a large gallery follows what happens to its store: grown, removed here and elsewhere, renamed", async () => {
  const store = createMemoryStore();
  await using gallery = new Gallery(store, MODEL, { largeFrom: 2 });
  const named = async (probe: Float32Array) => (await gallery.identify(probe, options)).name;
  await gallery.enrolEmbedding("Ada", ADA);
  expect(await named(ADA)).toBe("Ada");
  await gallery.enrolEmbedding("Bob", BOB);
  expect(await named(BOB)).toBe("Bob");
  await store.enrol("Cy", MODEL, [{ embedding: CY, imageSha256: null, source: null }]);
  expect(await named(CY)).toBe("Cy");
  await store.rename("Cy", "Di");
  expect(await named(CY)).toBe("Di");
  await store.remove("Di");
  expect(await named(CY)).toBeNull();
  await gallery.remove("Ada");
  expect((await gallery.identify(ADA, options)).candidates.map((c) => c.name)).toEqual(["Bob"]);
  await gallery.enrolEmbedding("Ada", ADA);
  expect(await named(ADA)).toBe("Ada");
});

test("where a removal fails, the person is still found", async () => {
  const store = createMemoryStore();
  await using gallery = await galleryWith(store);
  await gallery.identify(ADA, options);
  store.remove = () => Promise.reject(new ArcfaceError("CONFLICT", "busy"));
  await expect(gallery.remove("Ada")).rejects.toMatchObject({ code: "CONFLICT" });
  expect((await gallery.identify(ADA, options)).name).toBe("Ada");
});

test("many templates are read page by page", async () => {
  const store = createMemoryStore();
  const template = { imageSha256: null, source: null };
  await store.enrol(
    "Many",
    MODEL,
    Array.from({ length: 12_000 }, (_, i) => ({ ...template, embedding: randomEmbedding(i, 8) })),
  );
  const pages: number[] = [];
  const after = store.templatesAfter.bind(store);
  store.templatesAfter = async (id, limit) => {
    const page = await after(id, limit);
    pages.push(page.length);
    return page;
  };
  await using gallery = new Gallery(store, MODEL, { largeFrom: 6000 });
  expect((await gallery.identify(randomEmbedding(11_999, 8), options)).candidates).toMatchObject([
    { templateId: 12_000 },
  ]);
  expect(pages).toEqual([5000, 5000, 2000]);
});

test("a question may be cancelled", async () => {
  await using gallery = await galleryWith();
  await expect(gallery.identify(ADA, { ...options, signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: "CANCELLED",
  });
});
