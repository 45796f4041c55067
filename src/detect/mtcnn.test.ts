import { expect, test } from "vitest";
import { float32, type Tensor } from "../tensor/tensor.ts";
import type { Search } from "./finder.ts";
import { createMtcnn } from "./mtcnn.ts";
import { blob, blueOnet, fakeNetwork, picture } from "./testing/fake-networks.ts";

const search: Search = { scoreThreshold: 0.4, minFaceSize: 0, effort: "normal", expectFace: false, signal: undefined };

/** Proposes the window about the blue's middle where the blue is 8 to 12 pixels wide; x and y are swapped. */
function bluePnet() {
  return fakeNetwork({ width: 12, height: 12, dynamic: true, stride: 1 }, { probability: "p", box: "b" }, (pixels) => {
    const [, , along, across] = pixels.shape as [number, number, number, number];
    const [h, w] = [Math.floor((along - 10) / 2), Math.floor((across - 10) / 2)];
    const probability = new Float32Array(2 * h * w);
    const box = blob(pixels, 2);
    if (box && box[2] - box[0] >= 8 && box[2] - box[0] <= 12) {
      const row = Math.min(h - 1, Math.max(0, Math.round((box[1] + box[3]) / 4 - 3)));
      const column = Math.min(w - 1, Math.max(0, Math.round((box[0] + box[2]) / 4 - 3)));
      probability[2 * (row * w + column) + 1] = 0.9;
    }
    return { p: float32(probability, [1, h, w, 2]), b: float32(new Float32Array(4 * h * w), [1, h, w, 4]) };
  });
}

function agreeingRnet(score = 0.9) {
  return fakeNetwork({ width: 24, height: 24 }, { probability: "p", box: "b" }, ({ shape }: Tensor) => ({
    p: float32(new Float32Array(2 * shape[0]!).fill(score), [shape[0]!, 2]),
    b: float32(new Float32Array(4 * shape[0]!), [shape[0]!, 4]),
  }));
}

const networks = (rnet = agreeingRnet()) => ({ pnet: bluePnet(), rnet, onet: blueOnet("N") });

test("a face goes through the three networks and comes back in the image's pixels", async () => {
  const faces = await createMtcnn(networks()).find(picture(200, 150, [120, 40, 50, 50, 0, 0, 255]), search);
  expect(faces).toHaveLength(1);
  // P-net's steps are 2 pixels of a picture shrunk about five times; O-net's crop has a pixel of about two.
  expect(faces[0]!.box).toBeCloseToTensor([120, 40, 170, 90], { atol: 4 });
  expect(faces[0]!.landmarks[2]).toBeCloseToTensor([144.5, 64.5], { atol: 3 });
  expect(faces[0]!.score).toBe(0.5);
});

test("what one network refuses is no face", async () => {
  const image = picture(200, 150, [120, 40, 50, 50, 0, 0, 255]);
  expect(await createMtcnn(networks(agreeingRnet(0.6))).find(image, search)).toEqual([]);
  expect(await createMtcnn(networks()).find(image, { ...search, scoreThreshold: 0.6 })).toEqual([]);
});

test("an expected face may be less sure in every network", async () => {
  const image = picture(200, 150, [120, 40, 50, 50, 0, 0, 255]);
  const unsure = createMtcnn(networks(agreeingRnet(0.6)));
  expect(await unsure.find(image, { ...search, scoreThreshold: 0.6, expectFace: true })).toHaveLength(1);
});

test("scales for faces smaller than those wanted are left out", async () => {
  const all = networks();
  await createMtcnn(all).find(picture(200, 150), search);
  const some = networks();
  await createMtcnn(some).find(picture(200, 150), { ...search, minFaceSize: 100 });
  // From 20 pixels to 150 by steps of 0.709: six; from 100: two.
  expect(all.pnet.runs).toHaveLength(6);
  expect(some.pnet.runs).toHaveLength(2);
});

test("an image smaller than the smallest window has no face", async () => {
  expect(await createMtcnn(networks()).find(picture(5, 5, [0, 0, 5, 5, 0, 0, 255]), search)).toEqual([]);
});
