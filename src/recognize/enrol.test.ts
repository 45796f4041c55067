import { expect, test } from "vitest";
import { Gallery } from "../gallery/gallery.ts";
import { createMemoryStore } from "../gallery/store-memory.ts";
import type { FaceDetection } from "../geometry/detection.ts";
import { type EnrolOptions, enrolPhoto } from "./enrol.ts";
import { type Colour, faceAt, fakeRecognizer, paint } from "./testing/fakes.ts";

const RED: Colour = [220, 100, 100];
const ALSO_RED: Colour = [200, 80, 110];
const BLUE: Colour = [100, 100, 220];

const FINGERPRINT = "test/embedder@0123456789abcdef";
const newGallery = (fingerprint = FINGERPRINT) => new Gallery(createMemoryStore(), fingerprint);

type Shown = { readonly face: FaceDetection; readonly colour: Colour; readonly contrast?: number };
const face = faceAt(10, 10, 112);

/** Enrol a picture of these faces. */
function enrol(
  gallery: Gallery,
  name: string,
  shown: readonly Shown[],
  { sha, ...options }: EnrolOptions & { sha?: string } = {},
) {
  const recognizer = fakeRecognizer(shown.map((one) => one.face));
  const photo = { name, image: paint(250, 150, shown), imageSha256: sha?.repeat(64) ?? null, source: `${name}.jpg` };
  return enrolPhoto(recognizer, gallery, photo, options);
}

const templates = async (gallery: Gallery) => (await gallery.people()).map((p) => [p.name, p.templates]);

test("the first photograph creates the person, and is found again", async () => {
  const gallery = newGallery();
  const outcome = await enrol(gallery, "Ada", [{ face, colour: RED }], { sha: "a" });
  expect(outcome).toMatchObject({ status: "enrolled", ownSimilarity: null, unlike: false, face: { box: face.box } });
  expect(await templates(gallery)).toEqual([["Ada", 1]]);
  expect((await gallery.findImage("a".repeat(64)))?.name).toBe("Ada");
  const { embedding } = (outcome as { face: { embedding: Float32Array } }).face;
  expect((await gallery.identify(embedding, { threshold: 0.99 })).name).toBe("Ada");
});

test("another photograph tells how near it is to the ones before", async () => {
  const gallery = newGallery();
  await enrol(gallery, "Ada", [{ face, colour: RED }]);
  const like = await enrol(gallery, "Ada", [{ face, colour: ALSO_RED }]);
  expect(like).toMatchObject({ status: "enrolled", unlike: false });
  expect((like as { ownSimilarity: number }).ownSimilarity).toBeGreaterThan(0.9);
  const unlike = await enrol(gallery, "Ada", [{ face, colour: BLUE }]);
  expect(unlike).toMatchObject({ status: "enrolled", unlike: true });
  expect(await templates(gallery)).toEqual([["Ada", 3]]);
});

test("the same file is enrolled once, and nobody looks at it again", async () => {
  const gallery = newGallery();
  await enrol(gallery, "Ada", [{ face, colour: RED }], { sha: "a" });
  for (const name of ["Ada", "Bob"]) {
    expect(await enrol(gallery, name, [{ face, colour: RED }], { sha: "a" })).toEqual({
      status: "already-enrolled",
      as: "Ada",
    });
  }
  expect(await templates(gallery)).toEqual([["Ada", 1]]);
});

test("without a hash, the same file may come twice", async () => {
  const gallery = newGallery();
  await enrol(gallery, "Ada", [{ face, colour: RED }]);
  expect(await enrol(gallery, "Ada", [{ face, colour: RED }])).toMatchObject({ status: "enrolled" });
});

test.each<[status: string, shown: Shown[], options: EnrolOptions, outcome: object]>([
  ["no-face", [], {}, {}],
  ["too-small", [{ face: faceAt(5, 5, 39), colour: RED }], {}, { size: 39, minimum: 40 }],
  ["too-small", [{ face, colour: RED }], { minEnrolSize: 113 }, { size: 112, minimum: 113 }],
  ["blurred", [{ face, colour: RED, contrast: 0 }], {}, { minimum: 35 }],
  ["blurred", [{ face, colour: RED }], { minSharpness: 1e9 }, { minimum: 1e9 }],
  [
    "several-faces",
    [
      { face, colour: RED },
      { face: faceAt(150, 10, 60), colour: BLUE },
    ],
    {},
    { count: 2 },
  ],
])("%s: nothing is enrolled", async (status, shown, options, outcome) => {
  const gallery = newGallery();
  expect(await enrol(gallery, "Ada", shown, options)).toMatchObject({ status, ...outcome });
  expect(await gallery.people()).toEqual([]);
});

test("a face of just the smallest size, and one as it is where sharpness does not count, are taken", async () => {
  const gallery = newGallery();
  expect(await enrol(gallery, "Ada", [{ face: faceAt(5, 5, 40), colour: RED }])).toMatchObject({ status: "enrolled" });
  const blurred = [{ face, colour: RED, contrast: 0 }];
  expect(await enrol(gallery, "Ada", blurred, { minSharpness: 0 })).toMatchObject({ status: "enrolled" });
});

test("of several faces the largest, where asked", async () => {
  const gallery = newGallery();
  const shown = [
    { face: faceAt(150, 10, 60), colour: BLUE },
    { face, colour: RED },
  ];
  const outcome = await enrol(gallery, "Ada", shown, { largest: true });
  expect(outcome).toMatchObject({ status: "enrolled", face: { box: face.box } });
});

test("one face at most, an order, raw: what enrolment does not offer cannot get in", async () => {
  const gallery = newGallery();
  const shown = [
    { face: faceAt(150, 10, 60), colour: BLUE },
    { face, colour: RED },
  ];
  const sneaky = { maxFaces: 1, order: "score", raw: true } as EnrolOptions;
  expect(await enrol(gallery, "Ada", shown, sneaky)).toEqual({ status: "several-faces", count: 2 });
});

test("a face that looks like another person is refused, unless that is known", async () => {
  const gallery = newGallery();
  await enrol(gallery, "Ada", [{ face, colour: RED }]);
  const twin = [{ face, colour: ALSO_RED }];
  const refused = await enrol(gallery, "Eve", twin);
  expect(refused).toMatchObject({ status: "looks-like", other: "Ada", threshold: 0.5 });
  expect((refused as { similarity: number }).similarity).toBeGreaterThan(0.5);
  expect(await templates(gallery)).toEqual([["Ada", 1]]);
  expect(await enrol(gallery, "Eve", twin, { allowLookalike: true })).toMatchObject({
    status: "enrolled",
    ownSimilarity: null,
  });
  expect(await templates(gallery)).toEqual([
    ["Ada", 1],
    ["Eve", 1],
  ]);
});

test("a threshold of the caller's own, or another measured rate, says what looks alike", async () => {
  const gallery = newGallery();
  await enrol(gallery, "Ada", [{ face, colour: RED }]);
  const twin = [{ face, colour: ALSO_RED }];
  expect(await enrol(gallery, "Eve", twin, { falseAcceptRate: 1e-4 })).toMatchObject({ threshold: 0.8 });
  expect(await enrol(gallery, "Eve", twin, { threshold: 0.7 })).toMatchObject({ threshold: 0.7 });
  expect(await enrol(gallery, "Eve", twin, { threshold: 1 })).toMatchObject({ status: "enrolled" });
});

test.each<[options: EnrolOptions, message: string]>([
  [{ minEnrolSize: -1 }, "enrol: expected minEnrolSize of 0 or more pixels, got -1"],
  [{ minEnrolSize: NaN }, "enrol: expected minEnrolSize of 0 or more pixels, got NaN"],
  [{ minSharpness: NaN }, "enrol: expected minSharpness of 0 or more, got NaN"],
  [{ threshold: 2 }, "threshold: expected a cosine similarity from -1 to 1, got 2"],
  [
    { falseAcceptRate: 0.3 },
    "falseAcceptRate: expected a rate that test/embedder was measured at (0.001, 0.0001), got 0.3",
  ],
])("%j is refused", async (options, message) => {
  await expect(enrol(newGallery(), "Ada", [{ face, colour: RED }], options)).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message,
  });
});

test("a name that is none is refused", async () => {
  await expect(enrol(newGallery(), "  ", [{ face, colour: RED }])).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
});

test("a gallery of another recogniser is refused, though nobody is in it", async () => {
  await expect(enrol(newGallery("other/model@ff"), "Ada", [{ face, colour: RED }])).rejects.toMatchObject({
    code: "MODEL_MISMATCH",
  });
});

test("cancelled, nothing is enrolled", async () => {
  const gallery = newGallery();
  const shown = [{ face, colour: RED }];
  await expect(enrol(gallery, "Ada", shown, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: "CANCELLED",
  });
  // Fired after the network ran, before the gallery was written.
  const controller = new AbortController();
  const late = newGallery();
  const ask = late.similarityTo.bind(late);
  late.similarityTo = (name, embedding) => {
    controller.abort();
    return ask(name, embedding);
  };
  await expect(enrol(late, "Ada", shown, { signal: controller.signal })).rejects.toMatchObject({ code: "CANCELLED" });
  expect([await gallery.people(), await late.people()]).toEqual([[], []]);
});

test("a name that will not do is refused before anybody is looked for, whatever the photograph shows", async () => {
  await expect(enrol(newGallery(), "  ", [])).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
});
