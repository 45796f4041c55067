import { describe, expect, test } from "vitest";
import type { ErrorCode } from "../../errors.ts";
import type { GalleryStore, NewTemplate } from "../store.ts";
import { randomEmbedding } from "./embeddings.ts";

const MODEL = "team/model@0123456789abcdef";

const sha = (digit: string): string => digit.repeat(64);

function face(seed: number, imageSha256: string | null = null): NewTemplate {
  return { embedding: randomEmbedding(seed), imageSha256, source: `photo-${seed}.jpg` };
}

/** What every GalleryStore must do; `create` opens an empty one. */
export function testGalleryStore(name: string, create: () => Promise<GalleryStore>): void {
  describe(`GalleryStore: ${name}`, () => {
    test("is empty at first", async () => {
      await using store = await create();
      expect(await store.people()).toEqual([]);
      expect(await store.templates()).toEqual([]);
      expect(await store.fingerprint()).toBeNull();
      expect(await store.findPerson("Ada")).toBeNull();
      expect(await store.findImage(sha("a"))).toBeNull();
    });

    test("gives back what was enrolled, to the last bit", async () => {
      await using store = await create();
      const faces = [face(1, sha("a")), face(2)];
      const ada = await store.enrol("Ada", MODEL, faces);
      expect(ada).toMatchObject({ name: "Ada", templates: 2 });
      expect(new Date(ada.enrolledAt).toISOString()).toBe(ada.enrolledAt);
      expect(await store.findPerson("Ada")).toEqual(ada);
      expect(await store.fingerprint()).toBe(MODEL);
      const templates = await store.templates(ada.id);
      expect(templates).toMatchObject(faces.map((f) => ({ ...f, personId: ada.id, fingerprint: MODEL })));
      expect(templates[0]!.id).toBeLessThan(templates[1]!.id);
      expect(await store.templates()).toEqual(templates);
    });

    test("adds templates to a person of the same name, and lists people by name", async () => {
      await using store = await create();
      const bob = await store.enrol("Bob", MODEL, [face(1)]);
      await store.enrol("Ada", MODEL, [face(2)]);
      const again = await store.enrol("Bob", MODEL, [face(3), face(4)]);
      expect(again).toEqual({ ...bob, templates: 3 });
      expect((await store.people()).map((p) => [p.name, p.templates])).toEqual([
        ["Ada", 1],
        ["Bob", 3],
      ]);
    });

    test("takes names that look the same as the same", async () => {
      await using store = await create();
      const composed = await store.enrol("Jos\u00e9", MODEL, [face(1)]);
      expect((await store.enrol("  Jose\u0301 ", MODEL, [face(2)])).id).toBe(composed.id);
      expect((await store.findPerson("Jose\u0301"))?.name).toBe("Jos\u00e9");
    });

    test("keeps upper and lower case apart, and any script", async () => {
      await using store = await create();
      const names = ["ada", "Ada", "Αδα", "艾达", "👩‍🔬"];
      for (const [i, name] of names.entries()) await store.enrol(name, MODEL, [face(i)]);
      expect((await store.people()).map((p) => p.name).sort()).toEqual([...names].sort());
    });

    test("finds the person of an image, of several the first", async () => {
      await using store = await create();
      await store.enrol("Ada", MODEL, [face(1, sha("a"))]);
      await store.enrol("Bob", MODEL, [face(2, sha("a"))]);
      expect((await store.findImage(sha("a")))?.name).toBe("Ada");
      await store.remove("Ada");
      expect((await store.findImage(sha("a")))?.name).toBe("Bob");
    });

    test("reads a snapshot of what came after a template", async () => {
      await using store = await create();
      await store.enrol("Ada", MODEL, [face(1), face(2)]);
      const last = (await store.templates()).at(-1)!.id;
      await store.enrol("Bob", MODEL, [face(3)]);
      const snapshot = await store.snapshot(last);
      expect(snapshot).toMatchObject({ fingerprint: MODEL, version: await store.version() });
      expect(snapshot.people).toEqual(await store.people());
      expect(snapshot.templates).toEqual((await store.templates()).slice(2));
      expect((await store.snapshot()).templates).toEqual(await store.templates());
    });

    test("reads templates by pages, and embeddings of any", async () => {
      await using store = await create();
      await store.enrol("Ada", MODEL, [face(1), face(2), face(3)]);
      await store.enrol("Bob", MODEL, [face(4)]);
      await store.remove("Bob");
      await store.enrol("Cy", MODEL, [face(5)]);
      const all = await store.templates();
      expect(await store.templatesAfter(0, 2)).toEqual(all.slice(0, 2));
      expect(await store.templatesAfter(all[1]!.id, 2)).toEqual(all.slice(2));
      expect(await store.templatesAfter(all[3]!.id, 2)).toEqual([]);
      const [first, , , last] = all;
      expect(await store.embeddings([last!.id, last!.id - 1, first!.id, 1e9])).toEqual([
        last!.embedding,
        null,
        first!.embedding,
        null,
      ]);
      expect(await store.embeddings([])).toEqual([]);
    });

    test("renames, and keeps the templates", async () => {
      await using store = await create();
      const ada = await store.enrol("Ada", MODEL, [face(1)]);
      await store.rename("Ada", " Ada Lovelace ");
      expect(await store.people()).toEqual([{ ...ada, name: "Ada Lovelace" }]);
      await store.rename("Ada Lovelace", "Ada Lovelace");
      expect((await store.people())[0]!.name).toBe("Ada Lovelace");
    });

    test("removes a person with their templates, and never uses an id again", async () => {
      await using store = await create();
      const ada = await store.enrol("Ada", MODEL, [face(1, sha("a"))]);
      const bob = await store.enrol("Bob", MODEL, [face(2)]);
      const last = (await store.templates()).at(-1)!.id;
      await store.remove("Bob");
      expect(await store.people()).toEqual([ada]);
      expect(await store.templates(bob.id)).toEqual([]);
      expect((await store.enrol("Cy", MODEL, [face(3)])).id).toBeGreaterThan(bob.id);
      expect((await store.templates()).at(-1)!.id).toBeGreaterThan(last);
    });

    test("is open to another recogniser when nobody is left", async () => {
      await using store = await create();
      await store.enrol("Ada", MODEL, [face(1)]);
      await store.remove("Ada");
      expect(await store.fingerprint()).toBeNull();
      await store.enrol("Ada", "other@1", [{ ...face(1), embedding: randomEmbedding(1, 128) }]);
      expect(await store.fingerprint()).toBe("other@1");
    });

    test("has a version that grows with every change, and only then", async () => {
      await using store = await create();
      const versions = [await store.version()];
      await store.enrol("Ada", MODEL, [face(1)]);
      versions.push(await store.version());
      await store.enrol("Ada", MODEL, [face(2)]);
      versions.push(await store.version());
      await store.rename("Ada", "Eve");
      versions.push(await store.version());
      await store.remove("Eve");
      versions.push(await store.version());
      expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
      await store.people();
      await expect(store.remove("Eve")).rejects.toThrow();
      expect(await store.version()).toBe(versions.at(-1));
    });

    test("keeps its own copy of what it is given and gives", async () => {
      await using store = await create();
      const given = face(1);
      await store.enrol("Ada", MODEL, [given]);
      given.embedding.fill(0);
      (await store.templates())[0]!.embedding.fill(0);
      expect((await store.templates())[0]!.embedding).toEqual(randomEmbedding(1));
    });

    const zeros = { ...face(1), embedding: new Float32Array(512) };
    const notFinite = { ...face(1), embedding: randomEmbedding(1).fill(Number.NaN, 7, 8) };
    const raw = { ...face(1), embedding: randomEmbedding(1).map((value) => value * 20) };
    const notFloats = { ...face(1), embedding: [1, 0] as unknown as Float32Array };
    const short = { ...face(1), embedding: randomEmbedding(1, 128) };
    const bad: [string, ErrorCode, string, (store: GalleryStore) => Promise<unknown>][] = [
      ["an empty name", "INVALID_ARGUMENT", "a name, got an empty one", (s) => s.enrol("", MODEL, [face(1)])],
      ["a blank name", "INVALID_ARGUMENT", "only blanks", (s) => s.enrol(" \t\n", MODEL, [face(1)])],
      ["a name of 201", "INVALID_ARGUMENT", "at most 200", (s) => s.enrol("é".repeat(201), MODEL, [face(1)])],
      ["a control character", "INVALID_ARGUMENT", "U+001B", (s) => s.enrol("A\u001b[31m", MODEL, [face(1)])],
      ["half a surrogate pair", "INVALID_ARGUMENT", "U+D83D", (s) => s.enrol("A\ud83d", MODEL, [face(1)])],
      ["no name", "INVALID_ARGUMENT", "undefined", (s) => s.enrol(undefined as never, MODEL, [face(1)])],
      ["no fingerprint", "INVALID_ARGUMENT", "fingerprint", (s) => s.enrol("Cy", "", [face(1)])],
      ["no template", "INVALID_ARGUMENT", "at least one template", (s) => s.enrol("Cy", MODEL, [])],
      ["zeros", "INVALID_ARGUMENT", "zeros only", (s) => s.enrol("Cy", MODEL, [zeros])],
      ["NaN", "INVALID_ARGUMENT", "NaN at 7", (s) => s.enrol("Cy", MODEL, [notFinite])],
      ["a raw embedding", "INVALID_ARGUMENT", "of length 20.00", (s) => s.enrol("Cy", MODEL, [raw])],
      ["an array", "INVALID_ARGUMENT", "Float32Array", (s) => s.enrol("Cy", MODEL, [notFloats])],
      ["lengths mixed", "INVALID_ARGUMENT", "512 numbers, got 128", (s) => s.enrol("Cy", MODEL, [face(1), short])],
      ["another length", "INVALID_ARGUMENT", "512 numbers, got 128", (s) => s.enrol("Cy", MODEL, [short])],
      ["a short sha256", "INVALID_ARGUMENT", "64 lower-case hex", (s) => s.enrol("Cy", MODEL, [face(1, "abc")])],
      [
        "one image twice",
        "INVALID_ARGUMENT",
        "twice",
        (s) => s.enrol("Cy", MODEL, [face(1, sha("d")), face(2, sha("d"))]),
      ],
      ["an image enrolled", "CONFLICT", "photo-9.jpg is already", (s) => s.enrol("Ada", MODEL, [face(9, sha("a"))])],
      ["another model", "MODEL_MISMATCH", "other@1", (s) => s.enrol("Cy", "other@1", [face(1)])],
      ["a stranger renamed", "NOT_FOUND", '"Zoe"', (s) => s.rename("Zoe", "Cy")],
      ["another's name", "CONFLICT", '"Bob"', (s) => s.rename("Ada", "Bob")],
      ["an empty new name", "INVALID_ARGUMENT", "a name", (s) => s.rename("Ada", "")],
      ["a stranger removed", "NOT_FOUND", '"Zoe"', (s) => s.remove("Zoe")],
    ];
    test.each(bad)("refuses %s with %s, and changes nothing", async (_, code, message, call) => {
      await using store = await create();
      await store.enrol("Ada", MODEL, [face(1, sha("a"))]);
      await store.enrol("Bob", MODEL, [face(2, sha("b"))]);
      const before = await store.snapshot();
      await expect(call(store)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
      expect(await store.snapshot()).toEqual(before);
    });

    test("enrols all templates or none", async () => {
      await using store = await create();
      await store.enrol("Ada", MODEL, [face(1, sha("a"))]);
      await expect(store.enrol("Ada", MODEL, [face(2), face(3, sha("a"))])).rejects.toMatchObject({ code: "CONFLICT" });
      expect(await store.templates()).toHaveLength(1);
    });

    test("says so when it is used after closing", async () => {
      const store = await create();
      await store[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      const calls = [store.people(), store.version(), store.enrol("Ada", MODEL, [face(1)]), store.remove("Ada")];
      for (const result of await Promise.allSettled(calls)) {
        expect(result).toMatchObject({ status: "rejected", reason: { code: "INVALID_ARGUMENT" } });
      }
    });
  });
}
