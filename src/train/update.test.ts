import { expect, test } from "vitest";
import { createSession } from "../host/session.node.ts";
import { encodeModel } from "../onnx/model.ts";
import { float32 } from "../tensor/tensor.ts";
import golden from "./golden/sgd.json" with { type: "json" };
import { buildUpdate } from "./update.ts";

/** float32 against float64, three steps: some roundings of 6e-8 of values up to 30. */
const TOLERANCE = { atol: 2e-6, rtol: 2e-6 };

type Table = Readonly<Record<string, readonly number[]>>;
const shapes: Table = golden.shapes;
const parameters = Object.entries(shapes).map(([name, shape]) => ({ name, shape }));
const tensors = (values: Table, prefix = "") =>
  Object.fromEntries(
    Object.entries(values).map(([name, data]) => [prefix + name, float32(Float32Array.from(data), shapes[name]!)]),
  );
const cases = golden.cases.map((one) => {
  const { momentum, weightDecay, normWeightDecay = weightDecay, clipGradNorm } = one;
  return [
    `momentum ${momentum}, decay ${weightDecay}, of norms ${normWeightDecay}, clipped at ${clipGradNorm}, length ${one.norms[0]}`,
    one,
  ] as const;
});

// scripts/golden/sgd.py: torch.optim.SGD and clip_grad_norm_
test.each(cases)("three updates are torch's, written over what they read: %s", async (_, one) => {
  const model = buildUpdate({ ...one, parameters, clipped: new Set(golden.clipped) });
  await using session = await createSession(encodeModel(model), "update", { memoryPattern: false });
  const w = tensors(one.start);
  const v = tensors(Object.fromEntries(parameters.map(({ name }) => [name, Array(w[name]!.data.length).fill(0)])));
  const named = (prefix: string, table: typeof w) =>
    Object.fromEntries(Object.entries(table).map(([name, tensor]) => [prefix + name, tensor]));
  for (const [step, rate] of golden.rates.entries()) {
    const lr = float32(Float32Array.of(rate), [1]);
    const feeds = { lr, ...w, ...named("momentum.", v), ...tensors(one.gradients[step]!, "gradient.") };
    const { gradient_norm: norm } = await session.run(feeds, { ...named("new.", w), ...named("new.momentum.", v) });
    expect([norm!.data[0] as number]).toBeCloseToTensor([one.norms[step]!], TOLERANCE);
    for (const { name } of parameters)
      expect(w[name]!.data as Float32Array, name).toBeCloseToTensor(one.after[step]![name as "bn.bias"], TOLERANCE);
  }
});
