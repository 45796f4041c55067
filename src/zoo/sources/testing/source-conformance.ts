import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ZooSource } from "../../source.ts";

/** A source that has one model, and the powers over what lies behind it. */
export type SourceStand = AsyncDisposable & {
  readonly source: ZooSource;
  /** Of the model it has. */
  readonly slug: string;
  /** What fetching gives. */
  readonly file: Uint8Array;
  /** From now on other bytes come. */
  spoil(): Promise<void>;
  /** From now on half of them come, and then nothing for as long as anybody waits. */
  stall(): void;
  /** From now on nobody answers. */
  stop(): Promise<void>;
};

type Behaviour = "wrong bytes" | "cancelling in the middle" | "nobody there";

/**
 * What every source of models does. A source that does not says why.
 *
 * @param create made anew for each test.
 */
export function testSource(
  name: string,
  create: () => Promise<SourceStand>,
  skip: Partial<Record<Behaviour, string>> = {},
): void {
  describe(name, () => behaviours(name, create, skip));
}

function behaviours(name: string, create: () => Promise<SourceStand>, skip: Partial<Record<Behaviour, string>>): void {
  let stand: SourceStand;
  beforeEach(async () => {
    stand = await create();
  });
  afterEach(() => stand[Symbol.asyncDispose]());

  const find = async () => {
    const found = await stand.source.find({ slug: stand.slug, platform: "cpu" });
    if (found === null) throw new Error(`${name} does not find ${stand.slug}`);
    return found;
  };
  const testUnless = (behaviour: Behaviour, title: string, run: () => Promise<void>) =>
    behaviour in skip ? test.skip(`${title} [${skip[behaviour]}]`, run) : test(title, run);

  test("finds its model, under a name that tells its kind", async () => {
    const found = await find();
    expect(found.fileName).toMatch(/^[^/\\]+\.(onnx|tflite|tar(\.\w+)?)$/);
    if (found.byteLength !== null) expect(found.byteLength).toBe(stand.file.length);
  });

  test("has no model of another name", async () => {
    expect(await stand.source.find({ slug: "nobody/nothing:never", platform: "cpu" })).toBeNull();
  });

  test("gives the file, whole, as often as it is asked", async () => {
    const found = await find();
    for (const _ of [1, 2]) {
      const bytes = await found.fetch();
      expect(bytes.length).toBe(stand.file.length);
      // Not toEqual, which takes seconds over a network's bytes.
      expect(bytes.findIndex((byte, i) => byte !== stand.file[i])).toBe(-1);
    }
  });

  test("progress goes up, and ends at its total", async () => {
    const seen: [number, number | null][] = [];
    await (await find()).fetch({ onProgress: (received, total) => seen.push([received, total]) });
    expect(seen).toEqual([...seen].sort(([a], [b]) => a - b));
    expect(seen.at(-1)?.[0]).toBeGreaterThan(0);
    expect(seen.at(-1)?.[0]).toBe(seen.at(-1)?.[1]);
  });

  test("a signal that has fired is CANCELLED", async () => {
    const found = await find();
    await expect(found.fetch({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "CANCELLED" });
  });

  testUnless("wrong bytes", "other bytes are INTEGRITY", async () => {
    const found = await find();
    await stand.spoil();
    await expect(found.fetch()).rejects.toMatchObject({ code: "INTEGRITY" });
  });

  testUnless("cancelling in the middle", "a signal ends it in the middle", async () => {
    const found = await find();
    stand.stall();
    const controller = new AbortController();
    const onProgress = () => setTimeout(() => controller.abort(), 10);
    await expect(found.fetch({ signal: controller.signal, onProgress })).rejects.toMatchObject({ code: "CANCELLED" });
  });

  testUnless("nobody there", "nobody there is NETWORK, with a way out", async () => {
    await stand.stop();
    const error = await find()
      .then((found) => found.fetch())
      .catch((caught) => caught);
    expect(error).toMatchObject({ code: "NETWORK", hint: expect.any(String) });
  });
}
