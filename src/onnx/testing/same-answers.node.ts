import { expect } from "vitest";
import { sizeOf } from "../../tensor/tensor.ts";
import { describeModel } from "../model.ts";
import { noise } from "../noise.ts";
import type { ModelProto } from "../schema.ts";
import { runModel } from "./run-model.node.ts";

/** What rounding makes of values of the order of 1 where sums are taken in another order. */
const ROUNDING = { atol: 2e-6, rtol: 2e-6 };

/**
 * ONNX Runtime's answers for both, element by element, on inputs that look random. A dimension that varies is 2.
 *
 * @throws where they differ by more than rounding, in value or shape.
 */
export async function expectSameAnswers(before: ModelProto, after: ModelProto, tolerance = ROUNDING): Promise<void> {
  const feeds = Object.fromEntries(
    describeModel(before).inputs.map(({ name, shape: stated }, i) => {
      const shape = stated.map((dim) => (typeof dim === "number" && dim > 0 ? dim : 2));
      return [name, { shape, data: noise(sizeOf(shape), i + 1) }];
    }),
  );
  const [theirs, ours] = [await runModel(before, feeds), await runModel(after, feeds)];
  expect(Object.keys(ours)).toEqual(Object.keys(theirs));
  for (const [name, data] of Object.entries(theirs)) expect(ours[name]!, name).toBeCloseToTensor(data, tolerance);
}

/** The operators of a graph, in order. */
export const opsOf = ({ graph }: ModelProto): string[] => graph!.node.map(({ opType }) => opType);
