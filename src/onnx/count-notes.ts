import { describeModel } from "./model.ts";
import { differ } from "./ops/dim.ts";
import { printShape, type ValueType } from "./ops/op.ts";
import type { ModelProto } from "./schema.ts";

export type Counted = {
  readonly shapes: ReadonlyMap<string, ValueType>;
  /** How often each operator occurs that we do not know. */
  readonly unknown: ReadonlyMap<string, number>;
  /** Are weights kept as whole numbers? */
  readonly quantised: boolean;
  /** Were all sizes numbers? */
  readonly sized: boolean;
};

/** What a reader of the counts should know of the graph. */
export function countNotes(model: ModelProto, { shapes, unknown, quantised, sized }: Counted): string[] {
  const nodes = model.graph?.node ?? [];
  const notes: string[] = [];
  const convolved = new Set(nodes.filter(({ opType }) => opType === "Conv").flatMap(({ output }) => output));
  const normalised = nodes.some(({ opType, input }) => opType === "BatchNormalization" && convolved.has(input[0]!));
  if (!normalised && nodes.some(({ opType, input }) => opType === "Conv" && input[2])) {
    notes.push(
      "no batch normalisation follows a convolution: those it was trained with, if any, are folded into weights and biases, and the count is this graph's own",
    );
  }
  if (quantised) {
    notes.push("weights are quantised: they count as parameters, their scales and zero points do not");
  }
  for (const [op, n] of unknown) {
    notes.push(`the operator ${op} (${n}×) is not known: its weights and its multiplications are not counted`);
  }
  if (!sized) notes.push("sizes vary: multiply–accumulates are known once the input's shape is");
  for (const { name, shape } of describeModel(model).outputs) {
    const own = shapes.get(name)?.shape;
    const contradicts =
      own &&
      shape.length > 0 &&
      (shape.length !== own.length || own.some((dim, i) => i > 0 && shape[i] !== -1 && differ(dim, shape[i]!)));
    if (contradicts)
      notes.push(`the file says that ${name} is ${printShape(shape)}; it comes out as ${printShape(own)}`);
  }
  return notes;
}
