import { expect, test } from "vitest";
import { createCascade } from "./cascade.ts";
import type { Search } from "./finder.ts";
import { createOnetLandmarker } from "./landmarker.ts";
import { createShotFor } from "./shot-kinds.ts";
import { blueOnet, greenBlazeface, picture, redUltraface } from "./testing/fake-networks.ts";

const search: Search = { scoreThreshold: 0.5, minFaceSize: 0, effort: "normal", expectFace: false, signal: undefined };

function build(blazeface = greenBlazeface(), ultraface = redUltraface(), onet = blueOnet()) {
  const finder = createCascade({
    detector: createShotFor(blazeface, { name: "blazeface", scoreThreshold: 0.5, nmsThreshold: 0.3 }),
    landmarker: createOnetLandmarker(onet),
    proposer: createShotFor(ultraface, { name: "ultraface", scoreThreshold: 0.6, nmsThreshold: 0.4 }),
  });
  return { finder, blazeface, ultraface, onet };
}

/** A pixel of the network's input is up to five of these pictures. */
const TOLERANCE = { atol: 6 };

test("a face is found on the whole image, in the image's pixels, with the landmark network's points", async () => {
  const { finder, blazeface } = build();
  const [face, ...others] = await finder.find(picture(400, 300, [100, 60, 120, 120, 0, 255, 255]), search);
  expect(others).toEqual([]);
  expect(face!.box).toBeCloseToTensor([100, 60, 220, 180], TOLERANCE);
  expect(face!.landmarks[0]).toBeCloseToTensor([159.5, 119.5], TOLERANCE);
  expect(blazeface.runs).toHaveLength(1);
});

/** 40 of 1000 pixels: 8 of the detector's 192, which needs 20. */
const small = picture(1000, 800, [500, 300, 40, 40, 255, 255, 255]);

test("a small face is found where the proposal network points and the detector, from close by, agrees", async () => {
  const { finder, ultraface } = build();
  const [face, ...others] = await finder.find(small, search);
  expect(others).toEqual([]);
  expect(face!.box).toBeCloseToTensor([500, 300, 540, 340], { atol: 2 });
  // The whole image and, since its long side passes 640 but not 1280, 2×2 tiles.
  expect(ultraface.runs).toHaveLength(5);
});

test("fast does without proposals", async () => {
  const { finder, ultraface } = build();
  expect(await finder.find(small, { ...search, effort: "fast" })).toEqual([]);
  expect(ultraface.runs).toHaveLength(0);
});

test("a small image is not searched for proposals, unless thoroughly", async () => {
  const { finder, ultraface } = build();
  await finder.find(picture(320, 240), search);
  expect(ultraface.runs).toHaveLength(0);
  await finder.find(picture(321, 240), search);
  expect(ultraface.runs).toHaveLength(1);
  await finder.find(picture(320, 240), { ...search, effort: "thorough" });
  expect(ultraface.runs).toHaveLength(2);
});

test("thorough finds it on tiles, without proposals too", async () => {
  const least8of2x2 = greenBlazeface({ least: 12 });
  const [face] = await build(least8of2x2, redUltraface()).finder.find(
    picture(1000, 800, [500, 300, 40, 40, 0, 255, 0]),
    { ...search, effort: "thorough" },
  );
  expect(face!.box).toBeCloseToTensor([500, 300, 540, 340], { atol: 3 });
});

test("of a moving picture each frame looks at one part for small faces, all of them in turn", async () => {
  const { finder, ultraface } = build();
  const found = [];
  for (let frame = 0; frame < 5; frame++) found.push((await finder.find(small, { ...search, frame })).length);
  expect(ultraface.runs).toHaveLength(5);
  // On the whole image, and in the tile or tiles that it is whole in.
  expect(found[0]).toBe(1);
  expect(found).toContain(0);
});

test("a face that was there a moment ago is found again from close by, if it is still there", async () => {
  const { finder, ultraface } = build();
  const near = [[506, 304, 546, 344]] as const;
  const [face, ...others] = await finder.find(small, { ...search, effort: "fast", near });
  expect(others).toEqual([]);
  expect(face!.box).toBeCloseToTensor([500, 300, 540, 340], { atol: 2 });
  expect(ultraface.runs).toHaveLength(0);
  expect(await finder.find(picture(1000, 800), { ...search, effort: "fast", near })).toEqual([]);
});

test("a proposal that the detector does not confirm is no face", async () => {
  expect(await build().finder.find(picture(1000, 800, [500, 300, 40, 40, 255, 0, 0]), search)).toEqual([]);
});

test("a proposal on a face that is known is not looked at again", async () => {
  const { finder, blazeface } = build();
  const faces = await finder.find(picture(1000, 800, [300, 200, 150, 150, 255, 255, 255]), search);
  expect(faces).toHaveLength(1);
  expect(blazeface.runs).toHaveLength(1);
});

test("proposals of a quarter of the long side and more are left to the detector", async () => {
  const blind = greenBlazeface({ least: 1000 });
  await build(blind).finder.find(picture(1000, 800, [300, 200, 260, 260, 255, 255, 255]), search);
  expect(blind.runs).toHaveLength(2); // without and with room around the image
});

test("no proposals are made where only larger faces are wanted", async () => {
  const { finder, ultraface } = build();
  await finder.find(small, { ...search, minFaceSize: 250 });
  expect(ultraface.runs).toHaveLength(0);
});

/** 370 of 400 pixels: 178 of 192 without room around, 118 with a quarter of it on each side. */
const filling = picture(400, 400, [15, 15, 370, 370, 0, 255, 0]);

test("a face that fills the image is found with room around it", async () => {
  const { finder, blazeface } = build();
  const [face] = await finder.find(filling, search);
  expect(face!.box).toBeCloseToTensor([15, 15, 385, 385], TOLERANCE);
  expect(face!.score).toBeCloseTo(0.9, 5);
  expect(blazeface.runs).toHaveLength(2);
});

test("an expected face is the best candidate below the threshold; unexpected, it is none", async () => {
  const unsure = () => build(greenBlazeface({ most: 30 }));
  expect(await unsure().finder.find(filling, search)).toEqual([]);
  const [face, ...others] = await unsure().finder.find(filling, { ...search, expectFace: true });
  expect(others).toEqual([]);
  expect(face!.score).toBeCloseTo(0.3, 5);
  expect(face!.box).toBeCloseToTensor([15, 15, 385, 385], TOLERANCE);
});

test("nothing expected is nothing where there is no candidate at all", async () => {
  expect(await build().finder.find(picture(400, 400), { ...search, expectFace: true })).toEqual([]);
});

test("a signal that fires between two looks stops the search", async () => {
  const controller = new AbortController();
  const { finder, ultraface } = build();
  const run = ultraface.session.run;
  (ultraface.session as { run: typeof run }).run = (feeds) => {
    controller.abort();
    return run(feeds);
  };
  await expect(finder.find(small, { ...search, signal: controller.signal })).rejects.toMatchObject({
    code: "CANCELLED",
  });
  expect(ultraface.runs).toHaveLength(1);
});
