import { expect, test } from "vitest";
import { makeModel, makeNode, makeValueInfo } from "../onnx/build.ts";
import { freeBatch } from "../onnx/free-batch.ts";
import { encodeModel } from "../onnx/model.ts";
import { smallNetwork } from "../onnx/testing/small-models.ts";
import { compareModels } from "./compare.ts";
import { createSession } from "./session.node.ts";

const small = encodeModel(smallNetwork());
const compare = (after: Uint8Array) => compareModels(createSession, small, after, "small");

test("a model and itself with another batch do not differ", async () => {
  const free = encodeModel(freeBatch(smallNetwork())!);
  const same = { runs: 3, maxAbsoluteDifference: 0, largest: expect.any(Number), cosine: 1 };
  expect(await compare(free)).toEqual(same);
  expect(await compareModels(createSession, free, free, "free")).toEqual(same);
});

test("a bias that is 0.5 higher makes outputs differ by 0.5", async () => {
  const { maxAbsoluteDifference, cosine } = await compare(encodeModel(smallNetwork({ bias: 0.5 })));
  // Sums of two floats below 2.
  expect(maxAbsoluteDifference).toBeCloseTo(0.5, 6);
  expect(cosine).toBeLessThan(1);
});

test("not a number where there was one is an infinite difference", async () => {
  const broken = encodeModel(smallNetwork({ bias: NaN }));
  expect(await compare(broken)).toMatchObject({ maxAbsoluteDifference: Infinity, cosine: NaN });
});

test("another output shape is refused", async () => {
  const other = makeModel({
    name: "other",
    nodes: [makeNode("Identity", ["x"], ["y"])],
    inputs: [makeValueInfo("x", [1, 1, 2, 2])],
    outputs: [makeValueInfo("y", [1, 1, 2, 2])],
    initializers: [],
  });
  await expect(compare(encodeModel(other))).rejects.toMatchObject({
    code: "MODEL_MISMATCH",
    message: "small: output y is not of the same shape before and after",
  });
});
