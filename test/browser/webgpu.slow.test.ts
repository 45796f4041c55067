/** WebGPU on a processor (SwiftShader): the same faces, at half a minute each. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DEFAULT_DETECTOR, DEFAULT_RECOGNIZER, dot, loadRecognizer, openNodeZoo } from "arcface-ts/node";
import { expect } from "vitest";
import { copyModels } from "../../src/zoo/web/copy-models.node.ts";
import { samplePhotos, TEST_ZOO } from "../default-models.ts";
import { needsTool } from "../needs.ts";
import type { PageFace } from "./page-types.ts";
import { openSite } from "./pages.ts";

needsTool("chromium")("WebGPU finds and embeds the faces that Node does, several runs at once", async () => {
  await using site = (await openSite(["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"]))!;
  const models = await openNodeZoo(TEST_ZOO).ensure([DEFAULT_RECOGNIZER, DEFAULT_DETECTOR]);
  await copyModels(join(site.folder, "models"), models, { runtimes: ["wasm", "webgpu"] });
  const page = await site.open();
  await page.call("load", { executionProvider: "webgpu" });
  const photo = new Uint8Array(await readFile((await samplePhotos())[0]!));
  site.extra.set("/photo", photo);
  await using node = await loadRecognizer(TEST_ZOO);
  const wanted = await node.embed(photo);
  for (const faces of await page.call<PageFace[][]>("embedAtOnce", "/photo", 2)) {
    expect(faces.length).toBe(wanted.length);
    // As test/browser/recognise.test.ts states for the same file.
    for (const [i, { embedding }] of faces.entries())
      expect(dot(Float32Array.from(embedding), wanted[i]!.embedding)).toBeGreaterThan(0.998);
  }
  expect(site.elsewhere).toEqual([]);
});
