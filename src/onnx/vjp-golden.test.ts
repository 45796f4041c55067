import { expect, test } from "vitest";
import { gradients } from "./autodiff.ts";
import type { Attribute } from "./build.ts";
import { GraphBuilder, type Value } from "./builder.ts";
import { type Data, runModel } from "./testing/run-model.node.ts";
import golden from "./vjp/golden/vjp.json" with { type: "json" };

type Tensor = { readonly shape: readonly number[]; readonly data: readonly number[] };
type Case = {
  readonly op: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly inputs: readonly Tensor[];
  readonly constants: readonly ({ readonly floats: readonly number[] } | { readonly ints: readonly number[] } | null)[];
  readonly c: Tensor;
  readonly gradients: readonly (readonly number[])[];
};

/** float32 against float64, in sums of some ten products of numbers up to 4. */
const TOLERANCE = { atol: 2e-5, rtol: 1e-5 };

const floats = ({ shape, data }: Tensor): Data => ({ shape, data: Float32Array.from(data) });

// scripts/golden/vjp.py: PyTorch in float64
test.each((golden as unknown as Case[]).map((c): [string, Case] => [`${c.op} ${JSON.stringify(c.attributes)}`, c]))(
  "%s has PyTorch's gradients",
  async (_, { op, attributes, inputs, constants, c, gradients: theirs }) => {
    const g = new GraphBuilder();
    const leaves = inputs.map(({ shape }, i) => g.input(`x${i}`, shape));
    const further = constants.map((constant): Value | null => {
      if (!constant) return null;
      if ("ints" in constant) return g.literal([constant.ints.length], constant.ints);
      return g.literal([constant.floats.length], Float32Array.from(constant.floats));
    });
    const y = g.nodes(op, [...leaves, ...further], { attributes, outputs: op === "BatchNormalization" ? 3 : 1 })[0]!;
    expect(y.shape).toEqual(c.shape);
    for (const [i, d] of gradients(g, y, leaves, { seed: g.input("c", c.shape) }).entries()) g.output(`d${i}`, d);
    const feeds = Object.fromEntries(inputs.map((x, i) => [`x${i}`, floats(x)]));
    const ours = await runModel(g.toModel(op), { ...feeds, c: floats(c) });
    for (const [i, gradient] of theirs.entries())
      expect(ours[`d${i}`]!, `input ${i}`).toBeCloseToTensor(gradient, TOLERANCE);
  },
);
