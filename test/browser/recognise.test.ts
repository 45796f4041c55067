/** Faces found and embedded in a browser are Node's. */
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { createNodeHost, dot, type Face, loadRecognizer, type Recognizer } from "arcface-ts/node";
import { afterAll, beforeAll, expect } from "vitest";
import { samplePhotos, TEST_ZOO } from "../default-models.ts";
import { DATA, needsData, needsTool } from "../needs.ts";
import type { PageFace } from "./page-types.ts";
import { openSite, type TestPage } from "./pages.ts";

const test = needsTool("chromium");

/**
 * The same pixels: both runtimes compute in float32 and differ in the order of sums. Where a landmark falls moves by as
 * much as 0.002 pixels, as two rounds of a network follow one another, and the embedding by what that moves the crop.
 * Seen over ten photographs: boxes 1e-5, landmarks 0.0016, scores 2e-7, numbers of the embedding 9e-4, cosine 0.99998.
 */
const SAME_PIXELS = { box: 1e-3, landmark: 0.02, score: 1e-5, cosine: 0.9998 };

/**
 * Files that each decodes: of ten photographs nine came out bit for bit the same, and one, whose colours are stored in half
 * the resolution, differed by 1 of 255. Seen: boxes 0.18, landmarks 0.14, scores 7e-4, cosine 0.9998.
 */
const SAME_FILE = { box: 1, landmark: 1, score: 0.01, cosine: 0.998 };

type Tolerance = typeof SAME_PIXELS;

let site: Awaited<ReturnType<typeof openSite>> = null;
let page: TestPage;
let node: Recognizer;

beforeAll(async () => {
  site = await openSite();
  if (!site) return;
  node = await loadRecognizer(TEST_ZOO);
  page = await site.open();
  await page.call("load", {});
});

afterAll(async () => {
  await node?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
});

function compare(found: readonly PageFace[], wanted: readonly Face[], { box, landmark, score, cosine }: Tolerance) {
  expect(found.length).toBe(wanted.length);
  for (const [i, face] of found.entries()) {
    const { box: wantedBox, landmarks, score: wantedScore, embedding } = wanted[i]!;
    expect(face.box).toBeCloseToTensor(wantedBox, { atol: box });
    expect(face.landmarks.flat()).toBeCloseToTensor(landmarks.flat(), { atol: landmark });
    expect([face.score]).toBeCloseToTensor([wantedScore], { atol: score });
    expect(dot(Float32Array.from(face.embedding), embedding)).toBeGreaterThan(cosine);
  }
}

async function compareBoth(path: string, atLeast: number): Promise<void> {
  const bytes = new Uint8Array(await readFile(path));
  const image = await createNodeHost().codec.decode(bytes, path);
  site!.extra.set("/photo", bytes).set("/pixels", image.data);
  const wanted = await node.embed(image);
  expect(wanted.length).toBeGreaterThanOrEqual(atLeast);
  compare(await page.call("embedPixels", "/pixels", image.width, image.height), wanted, SAME_PIXELS);
  compare(await page.call("embed", "/photo"), wanted, SAME_FILE);
}

test("the six photographs of the demo show the same 22 faces as in Node", async () => {
  let faces = 0;
  for (const path of await samplePhotos()) {
    await compareBoth(path, 1);
    faces += (await page.call<PageFace[]>("embed", "/photo")).length;
  }
  expect(faces).toBe(22);
});

const photos = { "group-6.jpg": 6, "left_face.jpeg": 1, "obama-1080p.jpg": 1, "selfie-many-people.jpg": 4 };
const paths = Object.keys(photos).map((name) => join("photos", name));
needsData(...paths)("real photographs show the same faces as in Node", async ({ skip }) => {
  if (!site) skip("chromium is not installed");
  for (const path of paths) await compareBoth(join(DATA, path), photos[basename(path) as keyof typeof photos]);
});

test("templates of both are comparable: their fingerprints are the same", async () => {
  expect(await page.call("fingerprint")).toBe(node.fingerprint);
});

test("several photographs at once give what they give one by one", async () => {
  const [path] = await samplePhotos();
  site!.extra.set("/photo", new Uint8Array(await readFile(path!)));
  const alone = await page.call<PageFace[]>("embed", "/photo");
  expect(await page.call("embedAtOnce", "/photo", 4)).toEqual([alone, alone, alone, alone]);
});

test("threads, on a page that is cross-origin isolated, find the same faces", async () => {
  const threaded = await site!.open();
  expect(await threaded.page.evaluate("crossOriginIsolated")).toBe(true);
  await threaded.call("load", { threads: 2 });
  const [path] = await samplePhotos();
  const bytes = new Uint8Array(await readFile(path!));
  site!.extra.set("/photo", bytes);
  const wanted = await node.embed(bytes);
  compare(await threaded.call("embed", "/photo"), wanted, SAME_FILE);
});

test("a worker finds the same faces", async () => {
  const [path] = await samplePhotos();
  const bytes = new Uint8Array(await readFile(path!));
  site!.extra.set("/photo", bytes);
  site!.extra.set(
    "/worker.js",
    `import "/page.js"; await api.load({ threads: 1 }); postMessage(await api.embed("/photo"));`,
  );
  const faces = await page.page.evaluate<PageFace[]>(`new Promise((resolve, reject) => {
    const worker = new Worker("/worker.js", { type: "module" });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  })`);
  compare(faces, await node.embed(bytes), SAME_FILE);
});

test("threads are refused on a page that is not cross-origin isolated, and so is WebGPU where there is none", async () => {
  await using plain = (await openSite([], { isolated: false }))!;
  const { call } = await plain.open();
  expect(await call("refusal", "load", { threads: 2 })).toMatchObject({
    code: "INVALID_ARGUMENT",
    hint: expect.stringContaining("Cross-Origin-Opener-Policy"),
  });
  expect(await call("refusal", "load", { executionProvider: "webgpu" })).toMatchObject({ code: "MISSING_TOOL" });
  expect(await call("refusal", "load", { executionProvider: "abacus" })).toMatchObject({ code: "INVALID_ARGUMENT" });
  expect(await call("refusal", "load", {})).toBeNull();
});

test("an address that is not there, and one that is no image, are refused as in Node", async () => {
  site!.extra.set("/text", "no picture");
  expect(await page.call("refusal", "embed", "/absent.jpg")).toMatchObject({ code: "NOT_FOUND" });
  expect(await page.call("refusal", "embed", "/text")).toMatchObject({ code: "UNSUPPORTED_FORMAT" });
});

test("nothing was asked of another server, and nothing went wrong meanwhile", () => {
  expect(site!.elsewhere).toEqual([]);
  expect(site!.problems).toEqual([]);
});
