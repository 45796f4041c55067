import * as ort from "onnxruntime-node";
import { createRandom } from "../../../tensor/random.ts";
import { sizeOf } from "../../../tensor/tensor.ts";
import { gradients } from "../../autodiff.ts";
import { GraphBuilder, type Value } from "../../builder.ts";
import { include } from "../../include.ts";
import { decodeModel, describeModel, encodeModel } from "../../model.ts";
import { noise } from "../../noise.ts";
import { DataType, type ModelProto } from "../../schema.ts";
import { doubleModel } from "../../testing/double-model.ts";

type Leaf = { readonly name: string; readonly shape: readonly number[]; readonly data: Float32Array };

export type Compared = {
  readonly where: string;
  readonly ours: number;
  readonly difference: number;
  readonly scale: number;
};

/** Steps that no corner of a PReLU or Clip lies in, in float64: relative to the size of what is moved. */
const STEP = 1e-7;

/**
 * ∂/∂pixels and ∂/∂weights of a file as it is, for a random weighting of its first output, beside central differences
 * of the same graph in float64.
 *
 * @param pixels single ones compared, at random.
 * @param weights single ones of each tensor that is looked at: the first, the middle and the last of each kind, told
 *   apart by rank and kernel.
 */
export async function compareWholeModel(
  bytes: Uint8Array,
  { pixels, weights }: { readonly pixels: number; readonly weights: number },
): Promise<Compared[]> {
  const model = decodeModel(bytes, "model");
  const { leaves, forward, backward } = graphsOf(model);
  const asFed = Object.fromEntries(
    leaves.map(({ name, shape, data }) => [name, new ort.Tensor("float32", data, shape)]),
  );
  const session = await ort.InferenceSession.create(encodeModel(backward), { logSeverityLevel: 4 });
  const ours = await session.run(asFed);
  await session.release();
  const { loss, release } = await openLoss(forward, leaves);
  const random = createRandom(5);
  const answers: Compared[] = [];
  for (const leaf of [leaves[0]!, ...chosen(leaves.slice(1))]) {
    const gradient = ours[`gradient.${leaf.name}`]!.data as Float32Array;
    const scale = gradient.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    const step = STEP * Math.max(1e-3, Math.sqrt(leaf.data.reduce((sum, x) => sum + x * x, 0) / leaf.data.length));
    for (let n = 0; n < (leaf === leaves[0] ? pixels : weights); n++) {
      const at = Math.floor(random.uniform() * leaf.data.length);
      const difference = ((await loss(leaf.name, at, step)) - (await loss(leaf.name, at, -step))) / (2 * step);
      answers.push({ where: `${leaf.name}[${at}]`, ours: gradient[at]!, difference, scale });
    }
  }
  await release();
  return answers;
}

/** Of each rank and kernel: the first, the one in the middle and the last. */
function chosen(leaves: readonly Leaf[]): Leaf[] {
  const kinds = [...new Set(leaves.map(kindOf))].map((kind) => leaves.filter((leaf) => kindOf(leaf) === kind));
  return kinds.flatMap((kind) => [...new Set([kind[0]!, kind[kind.length >> 1]!, kind.at(-1)!])]);
}

const kindOf = ({ shape }: Leaf): string => `${shape.length} ${shape[1] === 1} ${shape.slice(2)}`;

function graphsOf(model: ModelProto) {
  const [input] = describeModel(model).inputs;
  const leaves: Leaf[] = [
    { name: "pixels", shape: input!.shape as number[], data: noise(sizeOf(input!.shape as number[]), 3) },
  ];
  const build = (withGradients: boolean): ModelProto => {
    leaves.splice(1);
    const g = new GraphBuilder();
    const pixels = g.input("pixels", leaves[0]!.shape);
    const wrt: Value[] = [pixels];
    const outputs = include(g, model, {
      inputs: { [input!.name]: pixels },
      prefix: "inside",
      values({ name, dims, dataType, rawData }) {
        // Single numbers are bounds, not weights.
        if (dataType !== DataType.FLOAT || dims.length === 0) return null;
        const leaf = { name, shape: dims.map(Number), data: new Float32Array(new Uint8Array(rawData).buffer) };
        leaves.push(leaf);
        wrt.push(g.input(name, leaf.shape));
        return wrt.at(-1)!;
      },
    });
    const [y] = Object.values(outputs);
    const seed = g.constant("seed", y!.shape as number[], noise(sizeOf(y!.shape as number[]), 9));
    if (!withGradients)
      g.output("loss", g.node("ReduceSum", [g.node("Mul", [y!, seed])], { attributes: { keepdims: 0 } }));
    else for (const [i, d] of gradients(g, y!, wrt, { seed }).entries()) g.output(`gradient.${wrt[i]!.name}`, d);
    return g.toModel("whole");
  };
  return { forward: build(false), backward: build(true), leaves };
}

async function openLoss(forward: ModelProto, leaves: readonly Leaf[]) {
  const session = await ort.InferenceSession.create(encodeModel(doubleModel(forward)), { logSeverityLevel: 4 });
  const fixed = Object.fromEntries(
    leaves.map(({ name, shape, data }) => [name, new ort.Tensor("float64", Float64Array.from(data), shape)]),
  );
  return {
    /** The loss where one number is moved. */
    async loss(name: string, at: number, offset: number): Promise<number> {
      const { data, dims } = fixed[name]!;
      const moved = (data as Float64Array).slice();
      moved[at]! += offset;
      const answer = await session.run({ ...fixed, [name]: new ort.Tensor("float64", moved, dims) });
      return (answer.loss!.data as Float64Array)[0]!;
    },
    release: () => session.release(),
  };
}
