import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { stringify } from "yaml";
import type { ZooOptions } from "../context.node.ts";
import { packArchive } from "../testing/sample-archive.ts";
import { bytesOf } from "../testing/sample-bytes.ts";
import { createSampleZoo, type SampleZoo } from "../testing/sample-zoo.node.ts";
import { loadLocalCard } from "./local-card.node.ts";

let sample: SampleZoo;
beforeEach(async () => {
  sample = await createSampleZoo();
  await change("sample/near", { licence: { name: "research", commercial: false, note: "Ask first." } });
});
afterEach(() => sample[Symbol.asyncDispose]());

async function change(slug: string, fields: object): Promise<void> {
  const { slug: _, ...card } = await sample.open().card(slug);
  await sample.writeCard(slug, { ...card, ...fields });
}

const open = (options: Partial<ZooOptions> = {}) => sample.open({ commercial: true, ...options });

test("where commercial use is meant, other weights are refused before anything is fetched, with the reason", async () => {
  await expect(open().ensure(["sample/a", "sample/near"])).rejects.toMatchObject({
    code: "LICENCE",
    message: "zoo: sample/near, by sample, is not for commercial use (licence: research): Ask first.",
    hint: expect.stringContaining("`arcface models list --commercial` shows what may be used (sample/a"),
  });
  expect([...sample.registry.downloads, ...sample.server.requests]).toEqual([]);
});

test("what is cached is refused as well", async () => {
  await sample.open().ensure(["sample/near"]);
  await expect(open({ offline: true }).ensure(["sample/near"])).rejects.toMatchObject({ code: "LICENCE" });
});

test("ARCFACE_COMMERCIAL=1 means it, and an option says otherwise", async () => {
  const env = { ...sample.env, ARCFACE_COMMERCIAL: "1" };
  await expect(sample.open({ env }).ensure(["sample/near"])).rejects.toMatchObject({ code: "LICENCE" });
  expect((await sample.open({ env, commercial: false }).ensure(["sample/near"])).size).toBe(1);
});

test("a stage is refused with the name of what was asked for, and who made it", async () => {
  await change("sample/b", { licence: { name: "research", commercial: false }, developedBy: "Somebody" });
  await expect(open().ensure(["sample/both"])).rejects.toMatchObject({
    message: "zoo: sample/b, a stage of sample/both, by Somebody, is not for commercial use (licence: research)",
  });
});

test("a note on weights that may be used is told", async () => {
  await change("sample/a", { licence: { name: "MIT", commercial: true, note: "Its faces are unknown." } });
  const notices: string[] = [];
  await open({ onNotice: (notice) => notices.push(notice) }).ensure(["sample/a"]);
  expect(notices).toEqual(["sample/a: MIT: Its faces are unknown."]);
});

test("an archive without a card is refused before it is fetched: nobody says what it allows", async () => {
  const fetched: string[] = [];
  const fetch = async () => {
    fetched.push("archive");
    return packArchive(bytesOf(1));
  };
  const found = { fileName: "m.tar.gz", sha256: null, byteLength: null, card: null, fetch };
  const source = { name: "elsewhere", find: async () => found };
  await expect(open({ sources: [source] }).ensure(["else/where"])).rejects.toMatchObject({
    code: "LICENCE",
    message: "zoo: else/where of elsewhere has no card that says its licence",
  });
  expect(fetched).toEqual([]);
});

test("a file of one's own is what its card says; adding and bundling ask, too", async () => {
  const { slug: _, model, ...card } = await sample.open().card("sample/near");
  const [file, path, out] = ["near.onnx", "near.yaml", "out.tar"].map((name) => join(sample.folder, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(file, bytesOf(7));
  await writeFile(path, stringify({ slug: "my/near", ...card, model: { ...model, source: { path: "near.onnx" } } }));
  const own = await loadLocalCard(path);
  for (const doing of [
    () => open().ensure([own]),
    () => open().add("sample/near", file),
    () => open().bundle(["sample/near"], out),
  ])
    await expect(doing()).rejects.toMatchObject({ code: "LICENCE" });
});
