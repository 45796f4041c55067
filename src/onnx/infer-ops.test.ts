import { expect, test } from "vitest";
import { inferShapes } from "./infer.ts";
import { printShape } from "./ops/op.ts";
import { ops } from "./ops.ts";
import { oneOp } from "./testing/one-op.ts";
import { type OpCase, opCases } from "./testing/op-cases.ts";
import { runAll } from "./testing/run-all.node.ts";

const titled = opCases.map((c): [string, OpCase] => [
  `${c.op}(${c.inputs.map((x) => JSON.stringify(x)).join(", ")}) ${JSON.stringify(c.attributes)}`,
  c,
]);

test.each(titled)("%s has the type and shape that ONNX Runtime computes", async (_, opCase) => {
  const { model, shapes } = oneOp(opCase);
  const computed = await runAll(model, shapes);
  expect(computed.size).toBe(opCase.outputs ?? 1);
  const ours = inferShapes(model);
  for (const [name, value] of computed) {
    const { dtype, shape } = ours.get(name)!;
    expect(`${dtype} ${printShape(shape)}`, name).toBe(value);
  }
});

test("no attribute of a case is unknown to its operator's row", () => {
  for (const { op, attributes = {} } of opCases) {
    expect(Object.keys(ops[op]!.attributes)).toEqual(expect.arrayContaining(Object.keys(attributes)));
  }
});
