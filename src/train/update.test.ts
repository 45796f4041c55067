import { expect, test } from "vitest";
import { createSession } from "../host/session.node.ts";
import { encodeModel } from "../onnx/model.ts";
import { noise } from "../onnx/noise.ts";
import { float32, sizeOf, type Tensor } from "../tensor/tensor.ts";
import golden from "./golden/sgd.json" with { type: "json" };
import { normParameters } from "./norm-parameters.ts";
import { buildUpdate, clipFactor, updateMap } from "./update.ts";
import { updateRows } from "./update-rows.ts";

/** float32 against float64, three steps: some roundings of 6e-8 of values up to 30. */
const TOLERANCE = { atol: 2e-6, rtol: 2e-6 };

type Table = Readonly<Record<string, readonly number[]>>;
const shapes: Table = golden.shapes;
const parameters = Object.entries(shapes).map(([name, shape]) => ({ name, shape }));
const cases = golden.cases.map((one) => {
  const { momentum, weightDecay, normWeightDecay = weightDecay, clipGradNorm } = one;
  return [
    `momentum ${momentum}, decay ${weightDecay}, of norms ${normWeightDecay}, clipped at ${clipGradNorm}, length ${one.norms[0]}`,
    one,
  ] as const;
});

const sizes = parameters.map(({ name, shape }) => ({ name, size: sizeOf(shape), map: name }));

// scripts/golden/sgd.py: torch.optim.SGD and clip_grad_norm_
test.each(cases)("three updates are torch's, written over what they read: %s", async (_, one) => {
  const { momentum, weightDecay, normWeightDecay = weightDecay, clipGradNorm } = one;
  await using session = await createSession(encodeModel(buildUpdate(sizes)), "update", { memoryPattern: false });
  const places = parameters.map(({ name, shape }) => ({ name, ...updateRows(shape) }));
  const norms = normParameters(parameters);
  for (const { name, weights } of places) (weights.data as Float32Array).set(one.start[name as "bn.bias"]);
  for (const [step, lr] of golden.rates.entries()) {
    for (const { name, gradient } of places)
      (gradient.data as Float32Array).set(one.gradients[step]![name as "bn.bias"]);
    const clipped = places.filter(({ name }) => golden.clipped.includes(name));
    const norm = Math.hypot(...clipped.flatMap(({ gradient }) => [...(gradient.data as Float32Array)]));
    expect([norm]).toBeCloseToTensor([one.norms[step]!], TOLERANCE);
    const feeds = places.map(({ name, rows }): Record<string, Tensor> => {
      const factor = golden.clipped.includes(name) ? clipFactor(norm, clipGradNorm) : 1;
      const decay = norms.has(name) ? normWeightDecay : weightDecay;
      return {
        [name]: float32(updateMap({ lr, momentum, weightDecay: decay, factor }), [2, 3]),
        [`rows.${name}`]: rows,
      };
    });
    const into = Object.fromEntries(places.map(({ name, updated }) => [`new.${name}`, updated]));
    await session.run(Object.assign({}, ...feeds), into);
    for (const { name, weights } of places)
      expect(weights.data as Float32Array, name).toBeCloseToTensor(one.after[step]![name as "bn.bias"], TOLERANCE);
  }
});

test("an update written over what it reads is that written beside it, to the bit, whatever the size", async () => {
  for (const [size, threads] of [
    [1, 1],
    [7, 2],
    [127, 1],
    [1000, 2],
    [65_537, 2],
    [2_359_296, 2],
  ] as const) {
    const model = buildUpdate([{ name: "w", size, map: "map" }]);
    await using session = await createSession(encodeModel(model), "update", { threads, memoryPattern: false });
    const { rows, updated } = updateRows([size]);
    (rows.data as Float32Array).set(noise(3 * size, 1));
    const map = float32(updateMap({ lr: 0.1, momentum: 0.9, weightDecay: 5e-4, factor: 0.7 }), [2, 3]);
    const { "new.w": beside } = await session.run({ map, "rows.w": rows });
    await session.run({ map, "rows.w": rows }, { "new.w": updated });
    expect(
      Buffer.compare(
        Buffer.from((beside!.data as Float32Array).buffer),
        Buffer.from(float32((updated.data as Float32Array).slice(), [2, size]).data.buffer),
      ),
      `${size}`,
    ).toBe(0);
  }
});
