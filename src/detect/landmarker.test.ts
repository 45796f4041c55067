import { expect, test } from "vitest";
import { createPyramid } from "../image/crop-sampler.ts";
import { float32 } from "../tensor/tensor.ts";
import { createLandmarker68, createOnetLandmarker } from "./landmarker.ts";
import { blueOnet, fakeNetwork, picture } from "./testing/fake-networks.ts";

/** Crops of 100 pixels in 48: what is seen in one is known to about a pixel of the crop, two of the image. */
const TOLERANCE = { atol: 2.5 };

/** A blue spot at (130, 70), in a face's box that is turned or not. */
const spot = createPyramid(picture(200, 200, [126, 66, 9, 9, 0, 0, 255]));
const box = [50, 20, 150, 120] as const;

test("the O-net's points come back to the image from a picture with x and y swapped", async () => {
  const onet = blueOnet();
  const [points] = await createOnetLandmarker(onet).locate(spot, [{ box, score: 1 }]);
  expect(points![0]).toBeCloseToTensor([130, 70], TOLERANCE);
  // Two looks, each at the crop and at its mirror image.
  expect(onet.runs).toHaveLength(4);
});

test("a quick look is at the crop alone, half the work, and sees the same point", async () => {
  const onet = blueOnet();
  const [points] = await createOnetLandmarker(onet).locate(spot, [{ box, score: 1 }], true);
  expect(points![0]).toBeCloseToTensor([130, 70], TOLERANCE);
  expect(onet.runs).toHaveLength(2);
});

test("an error to one side cancels out between the crop and its mirror image", async () => {
  const [right] = await createOnetLandmarker(blueOnet()).locate(spot, [{ box, score: 1 }]);
  const [biased] = await createOnetLandmarker(blueOnet(1, 0.1)).locate(spot, [{ box, score: 1 }]);
  // The same sums in another order.
  expect(biased!.flat()).toBeCloseToTensor(right!.flat(), { atol: 1e-4 });
});

test("the second look is at the square about the box that the network answered", async () => {
  const onet = blueOnet();
  await createOnetLandmarker(onet).locate(spot, [{ box, score: 1 }]);
  const [first, , second] = onet.runs.map(({ data }) =>
    (data as Float32Array).reduce((sum, x) => sum + (x > 127 ? 1 : 0), 0),
  );
  // Nine pixels of the image are 4 or 5 of the first crop; in the second it nearly fills the picture, blurred at
  // its edges.
  expect(first!).toBeLessThan(40);
  expect(second!).toBeGreaterThan(0.6 * 48 * 48);
});

test.each([
  ["a tilted head", [80, 60], [110, 80]],
  ["a head tilted the other way", [80, 80], [110, 50]],
] as const)("%s is looked at along its eyes, and its points come back", async (_, leftEye, rightEye) => {
  const landmarks = [leftEye, rightEye, leftEye, leftEye, rightEye] as const;
  const [points] = await createOnetLandmarker(blueOnet()).locate(spot, [{ box, score: 1, landmarks }]);
  expect(points![0]).toBeCloseToTensor([130, 70], TOLERANCE);
});

test.each([
  ["eyes closer than 0.15 of the box", [100, 60], [110, 70], 0],
  ["an eye line steeper than 1.2 rad", [100, 40], [105, 90], 0],
  ["an eye line of 45°", [80, 40], [120, 80], 1],
] as const)("with %s the crop is turned or not", async (_, leftEye, rightEye, turned) => {
  const straight = blueOnet();
  const tilted = blueOnet();
  const landmarks = [leftEye, rightEye, leftEye, leftEye, rightEye] as const;
  await createOnetLandmarker(straight).locate(spot, [{ box, score: 1 }]);
  await createOnetLandmarker(tilted).locate(spot, [{ box, score: 1, landmarks }]);
  expect(Number(tilted.runs[0]!.data.join() !== straight.runs[0]!.data.join())).toBe(turned);
});

test("several faces go through one by one, whether the network takes batches or not", async () => {
  const faces = [
    { box, score: 1 },
    { box: [80, 20, 180, 120] as const, score: 1 },
  ];
  const [single, batch] = [blueOnet(1), blueOnet("N")];
  const one = await createOnetLandmarker(single).locate(spot, faces);
  const many = await createOnetLandmarker(batch).locate(spot, faces);
  expect(single.runs).toHaveLength(8);
  expect(batch.runs).toHaveLength(8);
  expect(many).toEqual(one);
  expect(many[1]![0]).toBeCloseToTensor([130, 70], TOLERANCE);
});

test("68 points of the crop become five of the image", async () => {
  const points = Float32Array.from({ length: 136 }, (_, i) => (i % 2 === 0 ? 0.5 : 0.25));
  const network = fakeNetwork(
    { width: 64, height: 64, color: "GRAY", mean: [0], scale: [256] },
    { points: "out" },
    () => ({ out: float32(points, [1, 136]) }),
  );
  const [five] = await createLandmarker68(network).locate(spot, [{ box, score: 1 }]);
  // The middle of the box is at (100, 70) from the edge: half a pixel less to pixel centres; a quarter down at 45.
  expect(five!.flat()).toBeCloseToTensor(Array(5).fill([99.5, 44.5]).flat(), { atol: 1e-9 });
});
