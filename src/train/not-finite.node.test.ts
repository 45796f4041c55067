import { expect, test } from "vitest";
import { iresnet } from "../nets/iresnet.ts";
import { noise } from "../onnx/noise.ts";
import { float32, sizeOf, type Tensor } from "../tensor/tensor.ts";
import { notFinite } from "./not-finite.node.ts";
import { buildStep, type StepOptions } from "./step.ts";

const options: StepOptions = {
  net: (net, x) => iresnet(net, x, { blocks: [1, 1], widths: [4, 6], features: 8 }),
  loss: { kind: "margin", s: 16 },
  classes: 3,
  batch: 2,
  size: 8,
};

function feedsWith(changed: Readonly<Record<string, number>>): Record<string, Tensor> {
  const { parameters, statistics } = buildStep(options);
  const shape = [2, 3, 8, 8];
  return {
    images: float32(noise(sizeOf(shape), 1), shape),
    labels: { dtype: "int64", shape: [2], data: BigInt64Array.of(0n, 2n) },
    ...Object.fromEntries(
      [...parameters, ...statistics].map(({ name, shape, initial }) => {
        const value = changed[name];
        return [name, float32(value === undefined ? initial : new Float32Array(initial.length).fill(value), shape)];
      }),
    ),
  };
}

test.each([
  // 3e38 is a number still; what is multiplied with it is none.
  [{ "layer2.0.conv1.weight": 3e38 }, /^a run: step 7: loss NaN, first not finite in layer2\.0\.conv1$/],
  [{ "fc.weight": 3e38 }, /first not finite in fc$/],
  [{ "layer1.0.bn2.weight": Number.NaN }, /first not finite in the parameter layer1\.0\.bn2\.weight$/],
  [{}, /first not finite in no value of the step: the update made it$/],
])("the layer is told that made numbers which are not finite: %j", async (changed, message) => {
  const error = await notFinite(
    "a run",
    7,
    Number.NaN,
    () => buildStep({ ...options, probe: true }),
    feedsWith(changed),
  );
  expect(error).toMatchObject({ code: "DIVERGED", message: expect.stringMatching(message) });
});
