import { expect, test } from "vitest";
import { facesOfPhoto, groupIntoPeople } from "./album.ts";
import { type Colour, faceAt, fakeRecognizer, paint } from "./testing/fakes.ts";

const RED: Colour = [220, 100, 100];
const BLUE: Colour = [100, 100, 220];
const GREEN: Colour = [90, 210, 90];

const left = faceAt(5, 5, 60);
const right = faceAt(80, 5, 60);

/** Photographs of two faces each, side by side. */
async function albumOf(...photos: readonly (readonly [Colour, Colour])[]) {
  const recognizer = fakeRecognizer([left, right]);
  const all = photos.map(async ([a, b], photo) =>
    facesOfPhoto(
      recognizer,
      paint(150, 80, [
        { face: left, colour: a },
        { face: right, colour: b },
      ]),
      photo,
    ),
  );
  return (await Promise.all(all)).flat();
}

test("every face of a photograph knows its photograph and its crop", async () => {
  const recognizer = fakeRecognizer([left, right]);
  const image = paint(150, 80, [{ face: left, colour: RED }]);
  const faces = await facesOfPhoto(recognizer, image, 7);
  expect(faces.map(({ photo, box }) => [photo, box])).toEqual([
    [7, left.box],
    [7, right.box],
  ]);
  for (const face of faces) expect(face.crop).toEqual(recognizer.align(image, face));
});

test("people come by how many photographs they are in, then by appearance", async () => {
  const people = groupIntoPeople(await albumOf([BLUE, RED], [RED, GREEN], [GREEN, RED]), 0.5);
  const seen = people.map(({ faces }) => faces.map(({ photo, box }) => [photo, box === left.box ? "left" : "right"]));
  expect(seen).toEqual([
    [
      [0, "right"],
      [1, "left"],
      [2, "right"],
    ],
    [
      [1, "right"],
      [2, "left"],
    ],
    [[0, "left"]],
  ]);
});

test("two faces of one photograph are two people, however alike", async () => {
  const people = groupIntoPeople(await albumOf([RED, RED], [RED, RED]), 0.5);
  expect(people.map(({ faces }) => faces.map(({ photo }) => photo))).toEqual([
    [0, 1],
    [0, 1],
  ]);
});

test("nobody in no photographs", () => {
  expect(groupIntoPeople([], 0.5)).toEqual([]);
});

test("a threshold that is no cosine is refused", async () => {
  const faces = await albumOf([RED, BLUE]);
  expect(() => groupIntoPeople(faces, 1.5)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
});

test("a fired signal cancels before the detector looks", async () => {
  const recognizer = fakeRecognizer([left]);
  const options = { signal: AbortSignal.abort() };
  await expect(facesOfPhoto(recognizer, paint(150, 80, []), 0, options)).rejects.toMatchObject({ code: "CANCELLED" });
  expect(recognizer.detector.asked).toEqual([]);
});
