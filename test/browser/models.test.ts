/** A folder of models, made by the command line, as a page sees it: fetched once, checked, kept, and there offline. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { samplePhotos } from "../default-models.ts";
import { needsTool } from "../needs.ts";
import { runCli } from "../run-cli.ts";
import type { PageFace } from "./page-types.ts";
import { openSite, type TestPage } from "./pages.ts";

const test = needsTool("chromium");

type Progress = { name: string; receivedBytes: number; totalBytes: number };
type Index = Record<string, { sha256: string; files: string[]; byteLength: number }>;

let site: NonNullable<Awaited<ReturnType<typeof openSite>>>;
let index: Index;
let photo: Uint8Array;

beforeAll(async () => {
  const opened = await openSite();
  if (!opened) return;
  site = opened;
  index = JSON.parse(await readFile(join(site.folder, "models", "index.json"), "utf8")) as Index;
  photo = new Uint8Array(await readFile((await samplePhotos())[0]!));
});
afterAll(() => site?.[Symbol.asyncDispose]());
afterEach(() => {
  // What a test put in a file's place.
  for (const path of site?.extra.keys() ?? []) if (path.startsWith("/models/")) site.extra.delete(path);
});

const RECOGNIZER = "faceplugin/mobilefacenet";
const place = (slug: string): string => `/models/${index[slug]!.files[0]}`;
const finds = async (page: TestPage): Promise<number> => {
  site.extra.set("/photo", photo);
  return (await page.call<PageFace[]>("embed", "/photo")).length;
};

test("each file is fetched once, told of while it comes, and kept; a second visit fetches the index alone", async () => {
  const first = await site.open();
  site.asked.length = 0;
  const progress = await first.call<Progress[]>("load", {});
  const asked = site.asked.filter((path) => path.startsWith("/models/") && !path.endsWith("index.json"));
  // Not the landmarks that UltraFace would have by itself.
  const slugs = [RECOGNIZER, "mediapipe/blazeface:full-range", "mtcnn/onet", "faceplugin/ultraface"];
  const wasm = Object.keys(index).find((name) => name.endsWith(".wasm"))!;
  expect(asked.toSorted()).toEqual([...slugs, wasm].map(place).toSorted());
  for (const name of [...slugs, wasm]) {
    const last = progress.filter((told) => told.name === name).at(-1);
    expect(last).toEqual({ name, receivedBytes: index[name]!.byteLength, totalBytes: index[name]!.byteLength });
  }
  const ids = [...slugs, wasm].map((name) => index[name]!.sha256);
  expect((await first.call<string[]>("kept")).toSorted()).toEqual(
    [...ids, "index"].map((name) => `/models/kept/${name}`).toSorted(),
  );

  const second = await site.open({ like: first.page });
  site.asked.length = 0;
  expect(await second.call("load", {})).toEqual([]);
  expect(site.asked.filter((path) => path.startsWith("/models/") && !path.endsWith("index.json"))).toEqual([]);
});

test("`arcface models copy` makes a folder that a page loads from", async () => {
  const folder = join(site.folder, "by-command");
  const { code, json } = await runCli<{ models: { licence: { name: string } }[]; files: { path: string }[] }>([
    "models",
    "copy",
    folder,
    "--json",
    "--commercial",
  ]);
  expect(code).toBe(0);
  expect(json.models.every(({ licence }) => licence.name !== "")).toBe(true);
  for (const { path } of json.files) expect((await stat(path)).size).toBeGreaterThan(0);
  const page = await site.open();
  await page.call("load", { models: "/by-command/" });
  expect(await finds(page)).toBeGreaterThan(0);
});

test("`arcface models copy` refuses what is not for commercial use where that is meant, and leaves no folder", async () => {
  const folder = join(site.folder, "refused");
  const { code, json } = await runCli<{ error: { code: string } }>([
    "models",
    "copy",
    folder,
    "insightface/scrfd:500m",
    "--json",
    "--commercial",
  ]);
  expect(code).not.toBe(0);
  expect(json.error.code).toBe("LICENCE");
  await expect(stat(folder)).rejects.toMatchObject({ code: "ENOENT" });
});

test("a page loads and finds faces while the models cannot be reached, once it has had them", async () => {
  const first = await site.open();
  await first.call("load", {});
  const offline = await site.open({ like: first.page, models: false });
  await offline.call("load", {});
  expect(await finds(offline)).toBeGreaterThan(0);
});

test("a page that never had the models says that they cannot be fetched", async () => {
  const offline = await site.open({ models: false });
  expect(await offline.call("refusal", "load", {})).toMatchObject({ code: "NETWORK" });
});

test("a model that was changed on the server is refused and not kept; the true one is loaded afterwards", async () => {
  const page = await site.open();
  const bytes = new Uint8Array(await readFile(join(site.folder, place(RECOGNIZER))));
  bytes[bytes.length >> 1]! ^= 1;
  site.extra.set(place(RECOGNIZER), bytes);
  const refusal = await page.call<{ message: string }>("refusal", "load", {});
  expect(refusal).toMatchObject({ code: "INTEGRITY" });
  expect(refusal.message).toContain(index[RECOGNIZER]!.sha256);
  const kept = `/models/kept/${index[RECOGNIZER]!.sha256}`;
  expect(await page.call("kept")).not.toContain(kept);
  site.extra.delete(place(RECOGNIZER));
  await page.call("load", {});
  expect(await page.call("kept")).toContain(kept);
});

test("a file longer than the index says is refused before all of it has come", async () => {
  const page = await site.open();
  let sent = 0;
  site.extra.set(place(RECOGNIZER), (_request, response) => {
    const more = (): void => {
      if (response.destroyed || sent > 1 << 28) return void response.end();
      sent += 1 << 16;
      response.write(new Uint8Array(1 << 16), more);
    };
    more();
  });
  expect(await page.call("refusal", "load", {})).toMatchObject({ code: "INTEGRITY" });
  expect(sent).toBeLessThan(1 << 27);
});

test("a kept file that was damaged is fetched again", async () => {
  const page = await site.open();
  await page.call("load", {});
  await page.call("spoilKept", `/models/kept/${index[RECOGNIZER]!.sha256}`);
  site.asked.length = 0;
  await page.call("load", {});
  expect(site.asked).toContain(place(RECOGNIZER));
  expect(await finds(page)).toBeGreaterThan(0);
});

test("what a new index no longer names is let go of, once what it does name is there", async () => {
  const page = await site.open();
  await page.call("load", {});
  const kept = `/models/kept/${index[RECOGNIZER]!.sha256}`;
  const { [RECOGNIZER]: recognizer, ...others } = index;
  site.extra.set("/models/index.json", JSON.stringify(others));
  // Nothing was had of that index, so that the one before is good still.
  expect(await page.call("refusal", "load", {})).toMatchObject({ code: "NOT_FOUND" });
  expect(await page.call("kept")).toContain(kept);
  await page.call("loadDetectorAlone");
  expect(await page.call("kept")).not.toContain(kept);
  site.extra.set("/models/index.json", JSON.stringify({ ...others, [RECOGNIZER]: recognizer }));
  await page.call("load", {});
  expect(await page.call("kept")).toContain(kept);
});

test("an index that leads to another server is refused, and nobody else is asked", async () => {
  const page = await site.open();
  const entry = { ...index[RECOGNIZER]!, files: ["https://models.example/model.onnx", "//models.example/model.onnx"] };
  site.extra.set("/models/index.json", JSON.stringify({ ...index, [RECOGNIZER]: entry }));
  expect(await page.call("refusal", "load", {})).toMatchObject({ code: "UNSUPPORTED_FORMAT" });
});

test("a server that sends on to another one is not followed there", async () => {
  const page = await site.open();
  // Another origin, and the same server, which would tell.
  const other = site.address.replace("127.0.0.1", "localhost");
  site.extra.set(place(RECOGNIZER), (_request, response) => {
    response.writeHead(302, { location: `${other}/models/elsewhere.onnx` }).end();
  });
  site.asked.length = 0;
  expect(await page.call("refusal", "load", {})).toMatchObject({ code: "NETWORK" });
  expect(site.asked).not.toContain("/models/elsewhere.onnx");
  // Chromium tells of the request that it did not make, and writes so to the console.
  expect(site.elsewhere.splice(0)).toEqual([`${other}/models/elsewhere.onnx`]);
  expect(site.problems.splice(0)).toEqual([expect.stringContaining("elsewhere.onnx")]);
});

test("a folder that is not there says how it is made", async () => {
  const page = await site.open();
  expect(await page.call("refusal", "load", { models: "/nowhere" })).toMatchObject({
    code: "NOT_FOUND",
    hint: expect.stringContaining("arcface models copy"),
  });
});

test("a network that forbids it is refused where only commercial use is meant", async () => {
  const page = await site.open();
  const entry = structuredClone(index[RECOGNIZER]!) as Index[string] & { card: { licence: { commercial: boolean } } };
  entry.card.licence.commercial = false;
  site.extra.set("/models/index.json", JSON.stringify({ ...index, [RECOGNIZER]: entry }));
  expect(await page.call("refusal", "load", { commercial: true })).toMatchObject({ code: "LICENCE" });
  expect(await page.call("refusal", "load", {})).toBeNull();
});

test("loading is cancelled by a signal", async () => {
  const page = await site.open();
  expect(await page.call("refusal", "loadAndCancel")).toMatchObject({ code: "CANCELLED" });
});

const PRIVATE_WINDOWS = {
  "that has no Cache Storage": "Object.defineProperty(globalThis, 'caches', { value: undefined });",
  "that refuses to open one":
    "CacheStorage.prototype.open = () => Promise.reject(new DOMException('no', 'SecurityError'));",
};
for (const [which, before] of Object.entries(PRIVATE_WINDOWS)) {
  test(`a private window ${which} works, and fetches each time`, async () => {
    const page = await site.open({ before });
    await page.call("load", {});
    site.asked.length = 0;
    await page.call("load", {});
    expect(site.asked).toContain(place(RECOGNIZER));
    expect(await finds(page)).toBeGreaterThan(0);
  });
}

test("a site without room says so, and works where it is told to keep nothing", async () => {
  const page = await site.open();
  const devtools = await page.page.context().newCDPSession(page.page);
  await devtools.send("Storage.overrideQuotaForOrigin", { origin: site.address, quotaSize: 1_000_000 });
  expect(await page.call("refusal", "load", {})).toMatchObject({
    code: "NO_SPACE",
    hint: expect.stringContaining("keep: false"),
  });
  await page.call("load", { keep: false });
  expect(await finds(page)).toBeGreaterThan(0);
});

test("a folder without ONNX Runtime's files says so", async () => {
  const page = await site.open();
  const without = Object.entries(index).filter(([name]) => !name.startsWith("onnxruntime-web"));
  site.extra.set("/models/index.json", JSON.stringify(Object.fromEntries(without)));
  expect(await page.call("refusal", "load", {})).toMatchObject({
    code: "NOT_FOUND",
    hint: expect.stringContaining("arcface models copy"),
  });
  await page.call("load", { wasmPaths: "/models/ort" });
  expect(await finds(page)).toBeGreaterThan(0);
});

test("a page that came neither over https nor from this machine says that it must", async () => {
  await using insecure = (await openSite(["--host-resolver-rules=MAP page.example 127.0.0.1"], { isolated: false }))!;
  const page = await insecure.open({ host: "page.example" });
  expect(await page.page.evaluate("isSecureContext")).toBe(false);
  expect(await page.call("refusal", "load", {})).toMatchObject({
    code: "MISSING_TOOL",
    hint: expect.stringContaining("https"),
  });
  expect(await page.call("refusal", "openCameraAlone")).toMatchObject({ code: "MISSING_TOOL" });
});

test("nothing was asked of another server, and nothing went wrong meanwhile", () => {
  expect(site.elsewhere).toEqual([]);
  expect(site.problems).toEqual([]);
});
