import { afterAll, beforeAll, expect, test } from "vitest";
import type { FaceDetector } from "../src/detect/face-detector.ts";
import { createImage, type Image } from "../src/image/image.ts";
import { loadRecognizer, openNodeZoo } from "../src/recognize/compose.node.ts";
import type { Embedder } from "../src/recognize/embedder.ts";
import { DEFAULT_DETECTOR, DEFAULT_RECOGNIZER } from "../src/recognize/load.ts";
import type { Recognizer } from "../src/recognize/recognizer.ts";
import { loadDetectorInWorkers, loadEmbedderInWorker } from "../src/recognize/worker/load-in-worker.node.ts";
import { samplePhotos, TEST_ZOO } from "./default-models.ts";

let recognizer: Recognizer;
let detector: FaceDetector;
let embedder: Embedder;
let photo: Image;

beforeAll(async () => {
  const models = openNodeZoo(TEST_ZOO);
  recognizer = await loadRecognizer(TEST_ZOO);
  detector = await loadDetectorInWorkers({ models }, DEFAULT_DETECTOR);
  embedder = await loadEmbedderInWorker({ models }, DEFAULT_RECOGNIZER);
  photo = await recognizer.decode((await samplePhotos())[0]!);
});

afterAll(async () => {
  for (const each of [recognizer, detector, embedder]) await each?.[Symbol.asyncDispose]();
});

test("networks in threads of their own answer exactly what they answer in this one", async () => {
  const found = await recognizer.detector.detect(photo);
  expect(found.length).toBeGreaterThan(0);
  expect(await detector.detect(photo)).toEqual(found);
  const crops = found.map((face) => recognizer.align(photo, face));
  expect(await embedder.embed(crops)).toEqual(await recognizer.embedder.embed(crops));
  expect(embedder).toMatchObject({ fingerprint: recognizer.fingerprint, size: 512, cropSize: 112 });
});

test("pixels in shared memory are not copied, and mean the same", async () => {
  const shared = new Uint8Array(new SharedArrayBuffer(photo.data.length));
  shared.set(photo.data);
  const found = await detector.detect(createImage(photo.width, photo.height, shared));
  expect(found).toEqual(await recognizer.detector.detect(photo));
});

test("this thread is free while the others compute", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await Promise.all(Array.from({ length: 4 }, () => detector.detect(photo)));
  clearInterval(timer);
  // In one thread each network would hold up the timer for its whole run.
  expect(turns).toBeGreaterThan(20);
});

test("errors keep their code, message and hint on the way between threads", async () => {
  await expect(detector.detect(photo, { scoreThreshold: 7 })).rejects.toMatchObject({
    name: "ArcfaceError",
    code: "INVALID_ARGUMENT",
    message: "detect: scoreThreshold: expected a number above 0, at most 1, got 7",
  });
  await expect(embedder.embed([createImage(160, 160)])).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    hint: expect.stringContaining("alignFace"),
  });
});

test("a call that is cancelled is CANCELLED, before and while it runs; the next one works", async () => {
  await expect(detector.detect(photo, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "CANCELLED" });
  const controller = new AbortController();
  const call = detector.detect(photo, { effort: "thorough", signal: controller.signal });
  setTimeout(() => controller.abort(), 5);
  await expect(call).rejects.toMatchObject({ code: "CANCELLED" });
  expect((await detector.detect(photo)).length).toBeGreaterThan(0);
});

test("disposed, what runs and what comes later is CLOSED, twice disposed too; a model that is none says so", async () => {
  const models = openNodeZoo(TEST_ZOO);
  const other = await loadEmbedderInWorker({ models }, DEFAULT_RECOGNIZER);
  const running = other.embed(Array.from({ length: 20 }, () => createImage(112, 112)));
  await Promise.all([
    expect(running).rejects.toMatchObject({ code: "CLOSED" }),
    other[Symbol.asyncDispose](),
    other[Symbol.asyncDispose](),
  ]);
  await expect(other.embed([createImage(112, 112)])).rejects.toMatchObject({ code: "CLOSED" });
  await expect(loadDetectorInWorkers({ models }, DEFAULT_RECOGNIZER)).rejects.toMatchObject({ code: "MODEL_MISMATCH" });
});
