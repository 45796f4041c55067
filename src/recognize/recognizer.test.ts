import { expect, test } from "vitest";
import { encodeFake } from "../host/testing/fake-host.ts";
import { alignFace } from "../image/align.ts";
import { dot, l2Norm } from "../tensor/vector.ts";
import { type Colour, faceAt, fakeDetector, fakeRecognizer, paint, THRESHOLDS } from "./testing/fakes.ts";

const RED: Colour = [220, 100, 100];
const ALSO_RED: Colour = [200, 80, 110];
const BLUE: Colour = [100, 100, 220];

const small = faceAt(4, 4, 40);
const large = faceAt(60, 10, 80);
const photo = (...faces: Parameters<typeof paint>[2]) => paint(150, 100, faces);

const red = photo({ face: large, colour: RED });
const alsoRed = photo({ face: small, colour: ALSO_RED });
const blue = photo({ face: small, colour: BLUE });
const both = photo({ face: small, colour: BLUE }, { face: large, colour: RED });
const nobody = photo();
const FACES = new Map([
  [red.data, [large]],
  [alsoRed.data, [small]],
  [blue.data, [small]],
  [both.data, [small, large]],
]);

test("decode takes a name, a file's bytes, or pixels", async () => {
  const bytes = encodeFake(red);
  const recognizer = fakeRecognizer([], { "red.jpg": bytes });
  expect(await recognizer.decode("red.jpg")).toEqual(red);
  expect(await recognizer.decode(bytes)).toEqual(red);
  expect(await recognizer.decode(red)).toEqual(red);
});

test("what is wrong with an image is said, with its name", async () => {
  const recognizer = fakeRecognizer([], { "red.jpg": encodeFake(red) });
  await expect(recognizer.embed("no.jpg")).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: "no.jpg: no such file",
  });
  await expect(recognizer.detect("red.jpg", { maxPixels: 10 })).rejects.toMatchObject({ code: "TOO_LARGE" });
  await expect(recognizer.embed(encodeFake(red), { maxPixels: 10 })).rejects.toThrow("image: 150×100");
  const short = { width: 2, height: 2, data: new Uint8Array(4) };
  await expect(recognizer.embed(short)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
});

test("detect and embed hand their options on to the detector", async () => {
  const recognizer = fakeRecognizer([large]);
  const options = { scoreThreshold: 0.9, orientations: true, effort: "thorough" } as const;
  await recognizer.detect(red, options);
  await recognizer.embed(red, { ...options, flip: true });
  expect(recognizer.detector.asked).toMatchObject([options, options]);
});

test("embed gives every face in the detector's order, each with its own embedding", async () => {
  const recognizer = fakeRecognizer(FACES);
  const faces = await recognizer.embed(both);
  expect(faces.map(({ box }) => box)).toEqual([small.box, large.box]);
  const [expectedBlue] = await recognizer.embed(blue);
  const [expectedRed] = await recognizer.embed(red);
  expect(dot(faces[0]!.embedding, expectedBlue!.embedding)).toBeGreaterThan(0.999);
  expect(dot(faces[1]!.embedding, expectedRed!.embedding)).toBeGreaterThan(0.999);
  expect(await recognizer.embed(nobody)).toEqual([]);
});

test("the crop that is embedded is alignFace's", () => {
  const crop = fakeRecognizer([]).align(both, large);
  expect(crop).toEqual(alignFace(both, large.landmarks));
  expect([crop.width, crop.height]).toEqual([112, 112]);
});

test("raw embeddings are not normalised", async () => {
  const [face] = await fakeRecognizer([large]).embed(red, { raw: true });
  expect(l2Norm(face!.embedding)).toBeGreaterThan(10);
});

test("verify says same or different, by the card's first threshold", async () => {
  const recognizer = fakeRecognizer(FACES);
  const same = await recognizer.verify(red, alsoRed);
  expect(same).toMatchObject({ same: true, ...THRESHOLDS[0], counts: [1, 1] });
  expect(same.similarity).toBeCloseTo(dot(same.faces[0].embedding, same.faces[1].embedding), 6);
  expect(same.faces.map(({ box }) => box)).toEqual([large.box, small.box]);
  const different = await recognizer.verify(red, blue);
  expect(different.same).toBe(false);
  expect(different.similarity).toBeLessThan(0.5);
});

test("of several faces the largest is compared, and all are counted, whatever order and maxFaces say", async () => {
  const recognizer = fakeRecognizer(FACES);
  const verified = await recognizer.verify(both, red, { order: "score", maxFaces: 1 });
  expect(verified).toMatchObject({ same: true, counts: [2, 1] });
  expect(verified.faces[0].box).toEqual(large.box);
  expect((await recognizer.verify(both, blue)).same).toBe(false);
});

test.each([
  [{ falseAcceptRate: 1e-4 }, THRESHOLDS[1]!.threshold, 1e-4, "fakes"],
  [{ threshold: 0.99 }, 0.99, null, null],
  [{ threshold: -1, falseAcceptRate: 0.5 }, -1, null, null],
])("verify by %j decides at %d", async (options, threshold, falseAcceptRate, measuredOn) => {
  const verified = await fakeRecognizer(FACES).verify(red, alsoRed, options);
  expect(verified).toMatchObject({ threshold, falseAcceptRate, measuredOn });
  expect(verified.same).toBe(verified.similarity >= threshold);
});

test("a similarity right at the threshold is the same person", async () => {
  const recognizer = fakeRecognizer(FACES);
  const { similarity } = await recognizer.verify(red, alsoRed);
  expect((await recognizer.verify(red, alsoRed, { threshold: similarity })).same).toBe(true);
  expect((await recognizer.verify(red, alsoRed, { threshold: similarity + 1e-6 })).same).toBe(false);
});

test.each([
  [{ threshold: 1.2 }],
  [{ threshold: NaN }],
  [{ falseAcceptRate: 0.5 }],
  [{ falseAcceptRate: 0 }],
  [{ raw: true }],
])("verify refuses %j before it looks at a photograph", async (options) => {
  const recognizer = fakeRecognizer(FACES);
  await expect(recognizer.verify(red, blue, options)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  expect(recognizer.detector.asked).toEqual([]);
});

test("verify names the photograph without a face", async () => {
  const recognizer = fakeRecognizer(FACES, { "empty.jpg": encodeFake(nobody) });
  const error = { code: "NO_FACE", hint: expect.stringContaining("orientations") };
  await expect(recognizer.verify(red, "empty.jpg")).rejects.toMatchObject({
    ...error,
    message: "empty.jpg: expected a face, found none",
  });
  await expect(recognizer.verify(nobody, red)).rejects.toMatchObject({
    ...error,
    message: "image: expected a face, found none",
  });
});

test("a fired signal cancels", async () => {
  const recognizer = fakeRecognizer(FACES);
  const options = { signal: AbortSignal.abort() };
  await expect(recognizer.detect(red, options)).rejects.toMatchObject({ code: "CANCELLED" });
  await expect(recognizer.embed(red, options)).rejects.toMatchObject({ code: "CANCELLED" });
  await expect(recognizer.embedDetections(red, [large], options)).rejects.toMatchObject({ code: "CANCELLED" });
  await expect(recognizer.verify(red, blue, options)).rejects.toMatchObject({ code: "CANCELLED" });
});

test("disposing a recogniser closes detector and embedder", async () => {
  const recognizer = fakeRecognizer([]);
  await recognizer[Symbol.asyncDispose]();
  expect([recognizer.detector.disposals, recognizer.embedder.disposals]).toEqual([1, 1]);
});

test("the embedder is closed even where the detector cannot be", async () => {
  const recognizer = fakeRecognizer([]);
  const detector = { ...fakeDetector([]), [Symbol.asyncDispose]: () => Promise.reject(new Error("stuck")) };
  Object.assign(recognizer, { detector });
  await expect(recognizer[Symbol.asyncDispose]()).rejects.toThrow("stuck");
  expect(recognizer.embedder.disposals).toBe(1);
});
