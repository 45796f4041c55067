import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { alignFace } from "../src/image/align.ts";
import { createImage, type Image } from "../src/image/image.ts";
import { type QuarterTurns, rotate90 } from "../src/image/transform.ts";
import { loadEmbedder, loadRecognizer, openNodeZoo } from "../src/recognize/compose.node.ts";
import type { Face } from "../src/recognize/face.ts";
import { DEFAULT_RECOGNIZER } from "../src/recognize/load.ts";
import type { Recognizer } from "../src/recognize/recognizer.ts";
import { dot } from "../src/tensor/vector.ts";
import { sha256 } from "../src/zoo/cache/cache.node.ts";
import type { CardOf } from "../src/zoo/cards/card.ts";
import { samplePhotos, TEST_CACHE, TEST_ZOO } from "./default-models.ts";
import { DATA, needsData } from "./needs.ts";

let recognizer: Recognizer;
/** The demo's photographs, and their faces, best first. */
let photos: Image[];
let faces: Face[][];

beforeAll(async () => {
  recognizer = await loadRecognizer(TEST_ZOO);
  photos = [];
  faces = [];
  for (const path of await samplePhotos()) {
    const photo = await recognizer.decode(path);
    photos.push(photo);
    faces.push(await recognizer.embed(photo));
  }
});

afterAll(() => recognizer?.[Symbol.asyncDispose]());

const similarity = (a: Face, b: Face) => dot(a.embedding, b.embedding);

/** Over every face of every photograph. */
const eachFace = <T>(of: (photo: Image, face: Face) => Promise<T>): Promise<T[]> =>
  Promise.all(photos.flatMap((photo, i) => faces[i]!.map((face) => of(photo, face))));

/** How much of a face is left when it is aligned by other landmarks: the similarity to its own embedding. */
async function realigned(photo: Image, face: Face, landmarks: Face["landmarks"]): Promise<number> {
  const [embedding] = await recognizer.embedder.embed([alignFace(photo, landmarks)]);
  return dot(face.embedding, embedding!);
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

/** 112×112 of waves and noise, by a linear congruential generator (Numerical Recipes' constants). */
function syntheticCrop(seed: number): Image {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const waves = [0, 1, 2].map(() => ({ x: 0.2 * random(), y: 0.2 * random(), phase: 6 * random() }));
  return createImage(
    112,
    112,
    Uint8Array.from({ length: 3 * 112 * 112 }, (_, i) => {
      const [c, x, y] = [i % 3, Math.floor(i / 3) % 112, Math.floor(i / 336)];
      const wave = waves[c]!;
      return 128 + 80 * Math.sin(wave.x * x + wave.y * y + wave.phase) + 60 * (random() - 0.5);
    }),
  );
}

/** A crop as [1, 3, 112, 112]: plane k is channel `order[k]` of RGB. Written apart from the project's own code. */
function planes({ data }: Image, order: readonly number[], mean: number, scale: number): Float32Array {
  const tensor = new Float32Array(3 * 112 * 112);
  for (let k = 0; k < 3; k++) {
    for (let y = 0; y < 112; y++) {
      for (let x = 0; x < 112; x++)
        tensor[(k * 112 + y) * 112 + x] = (data[(y * 112 + x) * 3 + order[k]!]! - mean) / scale;
    }
  }
  return tensor;
}

/** The published file, untouched, on a bare runtime. */
async function openPublished(): Promise<(tensor: Float32Array) => Promise<Float32Array>> {
  const { model } = (await openNodeZoo(TEST_ZOO).card(DEFAULT_RECOGNIZER)) as CardOf<"recognizer">;
  const bytes = await readFile(join(TEST_CACHE, "models", model.sha256!, "fr_feature.onnx"));
  expect(sha256(bytes)).toBe(model.sha256);
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  return async (tensor) => {
    const input = new ort.Tensor("float32", tensor, [1, 3, 112, 112]);
    return (await session.run({ input })).output!.data as Float32Array;
  };
}

const BGR = [2, 1, 0];
const RGB = [0, 1, 2];

test("an embedding is what the published network says of BGR, (x − 127) / 128, and of nothing else", async () => {
  const published = await openPublished();
  for (const seed of [1, 2]) {
    const crop = syntheticCrop(seed);
    const [raw] = await recognizer.embedder.embed([crop], { raw: true });
    expect(raw).toHaveLength(512);
    // Measured: 1e-6 at most, by rounding: dead channels were left out, PRelu is spelt otherwise. Values reach 0.4.
    expect(raw!).toBeCloseToTensor(await published(planes(crop, BGR, 127, 128)), { atol: 1e-5 });
    const wrongOrder = await published(planes(crop, RGB, 127, 128));
    const wrongScale = await published(planes(crop, BGR, 0, 255));
    expect(raw!).not.toBeCloseToTensor(wrongOrder, { atol: 1e-2 });
    expect(raw!).not.toBeCloseToTensor(wrongScale, { atol: 1e-2 });
  }
});

test("an embedding does not depend on which crops it is made with, nor on threads", async () => {
  const crops = Array.from({ length: 11 }, (_, i) => syntheticCrop(i));
  await using threaded = await loadEmbedder({ ...TEST_ZOO, threads: 2 });
  const together = await threaded.embed(crops);
  for (const [i, crop] of crops.entries()) {
    const [alone] = await recognizer.embedder.embed([crop]);
    // Measured: no bit differs. Another processor may add in another order.
    expect(together[i]!).toBeCloseToTensor(alone!, { atol: 1e-5 });
  }
});

test("22 faces in the demo's photographs", () => {
  expect(faces.map((found) => found.length)).toEqual([3, 3, 3, 4, 5, 4]);
});

test("one person is in the first and the third photograph, and nobody else is", () => {
  const { threshold } = recognizer.thresholds[0]!;
  const all = faces[0]!.flatMap((a) => faces[2]!.map((b) => similarity(a, b))).sort((a, b) => b - a);
  // Measured: 0.722, then 0.332.
  expect(all[0]).toBeGreaterThan(0.65);
  expect(all[0]).toBeGreaterThan(threshold);
  expect(all[1]).toBeLessThan(threshold);
});

test("left and right mixed up in the landmarks lose the person", async () => {
  const kept = await eachFace((photo, face) => {
    const [left, right, nose, mouthLeft, mouthRight] = face.landmarks;
    return realigned(photo, face, [right, left, nose, mouthRight, mouthLeft]);
  });
  // Measured: 0.04 in the mean, 0.34 at most, of a profile of 36 pixels between the eyes.
  expect(mean(kept)).toBeLessThan(0.15);
  expect(Math.max(...kept)).toBeLessThan(0.45);
});

test.each([
  ["right", 1, 0],
  ["down", 0, 1],
])("a crop 8 pixels too far %s is less like the face", async (_, dx, dy) => {
  const kept = await eachFace((photo, face) => {
    const [left, right] = face.landmarks;
    // 35.2: what there is between the eyes of a crop.
    const by = (8 * Math.hypot(right[0] - left[0], right[1] - left[1])) / 35.2;
    const moved = face.landmarks.map(([x, y]) => [x + dx * by, y + dy * by]) as unknown as Face["landmarks"];
    return realigned(photo, face, moved);
  });
  // Measured: 0.71 to 0.912, 0.82 in the mean, either way.
  expect(Math.max(...kept)).toBeLessThan(0.95);
  expect(mean(kept)).toBeLessThan(0.87);
});

test("red and blue swapped in the crops show in the similarity", async () => {
  const kept = await eachFace(async (photo, face) => {
    const crop = recognizer.align(photo, face);
    const swapped = createImage(
      112,
      112,
      crop.data.map((_, i) => crop.data[i + 2 * (1 - (i % 3))]!),
    );
    const [embedding] = await recognizer.embedder.embed([swapped]);
    return dot(face.embedding, embedding!);
  });
  // Measured: 0.78 to 0.973, 0.93 in the mean: so little that only a test tells.
  expect(Math.max(...kept)).toBeLessThan(0.985);
  expect(mean(kept)).toBeLessThan(0.95);
});

/** Where a point of a `width`×`height` picture is when that was turned clockwise; pixel centres. */
const turnPoint = ([x, y]: readonly [number, number], turns: QuarterTurns, width: number, height: number) =>
  turns === 1 ? [height - 1 - y, x] : turns === 2 ? [width - 1 - x, height - 1 - y] : [y, width - 1 - x];

/** The same for a box, whose edges lie between pixels. */
const turnBox = ([x0, y0, x1, y1]: Face["box"], turns: QuarterTurns, width: number, height: number) =>
  turns === 1
    ? [height - y1, x0, height - y0, x1]
    : turns === 2
      ? [width - x1, height - y1, width - x0, height - y0]
      : [y0, width - x1, y1, width - x0];

test.each([1, 2, 3] as const)("a photograph turned by %d × 90° shows the same faces, where they are", async (turns) => {
  const photo = photos[0]!;
  const found = await recognizer.embed(rotate90(photo, turns), { orientations: true });
  expect(found).toHaveLength(3);
  for (const [i, face] of found.entries()) {
    const upright = faces[0]![i]!;
    expect(similarity(face, upright)).toBeGreaterThan(0.99);
    const { width, height } = photo;
    const points = upright.landmarks.map((point) => turnPoint(point, turns, width, height));
    // The pixels are the same once turned back, so only rounding is left.
    expect(face.landmarks).toBeCloseToTensor(points, { atol: 0.01 });
    expect(face.box).toBeCloseToTensor(turnBox(upright.box, turns, width, height), { atol: 0.01 });
  }
});

// What must be done to a camera's pixels to see them upright, by the number in EXIF; see its tag 274.
test.each<[orientation: number, stored: QuarterTurns]>([
  [1, 0],
  [3, 2],
  [6, 3],
  [8, 1],
])("a JPEG with EXIF orientation %d shows the same faces", async (orientation, stored) => {
  const { width, height, data } = rotate90(photos[0]!, stored);
  const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
    .withMetadata({ orientation })
    .jpeg({ quality: 90 })
    .toBuffer();
  const found = await recognizer.embed(jpeg);
  expect(found).toHaveLength(3);
  for (const face of found) {
    // Measured: 0.991 and more: it is compressed once more.
    expect(Math.max(...faces[0]!.map((upright) => similarity(face, upright)))).toBeGreaterThan(0.95);
  }
});

needsData("photos/obama-240p.jpg", "photos/obama-1080p.jpg")("one person at three sizes is one person", async () => {
  const [small, large] = ["obama-240p.jpg", "obama-1080p.jpg"].map((name) => join(DATA, "photos", name));
  const medium = new Uint8Array(await sharp(large).resize(854).jpeg().toBuffer());
  const pairs = [
    await recognizer.verify(small!, large!),
    await recognizer.verify(small!, medium),
    await recognizer.verify(medium, large!),
  ];
  for (const { same, similarity, counts } of pairs) {
    expect({ same, counts }).toEqual({ same: true, counts: [1, 1] });
    // Measured: 0.967 between the smallest and the largest.
    expect(similarity).toBeGreaterThan(0.93);
  }
});

needsData("lfw", "lfw_aligned112")("our crops of LFW are embedded as InsightFace's own are", async () => {
  const paths = (await readdir(join(DATA, "lfw"))).map((name) => join(name, `${name}_0001.jpg`)).sort();
  const inBoth = paths.filter((path) => ["lfw", "lfw_aligned112"].every((set) => existsSync(join(DATA, set, path))));
  const similarities: number[] = [];
  for (const path of inBoth.filter((_, i) => i % 70 === 0).slice(0, 40)) {
    const photo = await recognizer.decode(join(DATA, "lfw", path));
    const [ours] = await recognizer.embed(photo, { order: "central", maxFaces: 1, expectFace: true });
    const [theirs] = await recognizer.embedder.embed([await recognizer.decode(join(DATA, "lfw_aligned112", path))]);
    similarities.push(dot(ours!.embedding, theirs!));
  }
  expect(similarities).toHaveLength(40);
  // Measured: 0.983 in the mean, 0.950 at least. Their landmarks are another detector's, and a JPEG lies between.
  expect(mean(similarities)).toBeGreaterThan(0.97);
  expect(Math.min(...similarities)).toBeGreaterThan(0.9);
});
