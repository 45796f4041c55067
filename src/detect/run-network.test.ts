import { expect, test } from "vitest";
import { createPyramid } from "../image/crop-sampler.ts";
import { parseLandmarks68 } from "../parsers/landmarks-68.ts";
import { runNetwork } from "./run-network.ts";
import { fakeNetwork, picture } from "./testing/fake-networks.ts";

test.each([1, 2])("answers that are not float32 reach the parser as they are, of %d crops", async (count) => {
  const answer = () => ({ out: { dtype: "float16" as const, shape: [1, 136], data: new Uint16Array(136) } });
  const network = fakeNetwork({ width: 64, height: 64 }, { points: "out" }, answer);
  const outputs = await runNetwork(network, createPyramid(picture(64, 64)), {
    affines: Array(count).fill([1, 0, 0, 0, 1, 0]),
    width: 64,
    height: 64,
  });
  expect(() => parseLandmarks68(outputs, count, 64, 64)).toThrow(/expected output points .* got float16/);
});
