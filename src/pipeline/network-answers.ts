import { ArcfaceError } from "../errors.ts";
import { sizeOf, type Tensor } from "../tensor/tensor.ts";
import { NNData } from "./messages/nn-data.ts";
import { StorageOrder } from "./messages/tensor-info.ts";

/** What a network answered for one batch, cut into a message for each of what went in. */
export function answersOf(
  name: string,
  outputs: Readonly<Record<string, Tensor>>,
  layouts: Readonly<Record<string, string | undefined>>,
  batch: number,
): NNData[] {
  return Array.from({ length: batch }, (_, at) => {
    const answer = new NNData();
    for (const [output, tensor] of Object.entries(outputs)) {
      const own = batch === 1 ? tensor : slice(name, output, tensor, at, batch);
      // A scalar becomes a list of one: messages have no tensors without axes.
      const shaped = own.shape.length === 0 ? { ...own, shape: [1] } : own;
      answer.addTensor(output, shaped, orderOf(layouts[output], shaped.shape.length));
    }
    return answer;
  });
}

function slice(name: string, output: string, { dtype, shape, data }: Tensor, at: number, batch: number): Tensor {
  if (shape[0] !== batch) {
    throw new ArcfaceError(
      "MODEL_MISMATCH",
      `${name}: expected output ${output} of [${batch}, …] for a batch of ${batch}, got [${shape.join(", ")}]`,
      { hint: "its outputs cannot be told apart by frame: run it without batches" },
    );
  }
  const rest = shape.slice(1);
  const size = sizeOf(rest);
  return { dtype, shape: [1, ...rest], data: data.subarray(at * size, (at + 1) * size) };
}

/** The archive's word for an output's axes, where it is one that messages know. */
function orderOf(layout: string | undefined, axes: number): StorageOrder | undefined {
  const known = layout !== undefined && Object.hasOwn(StorageOrder, layout) && layout.length === axes;
  return known ? (layout as StorageOrder) : undefined;
}
