import { DataLocation, type GraphProto, readModel, type TensorProto } from "../onnx/schema.ts";

/**
 * The other files that an ONNX model keeps weights in, by the paths it gives for them; none for what is no ONNX model.
 *
 * To run one such is refused by `decodeModel`, wherever they lie; this is to tell those that reach out of their archive.
 */
export function externalWeights(bytes: Uint8Array): string[] {
  let graph: GraphProto | undefined;
  try {
    ({ graph } = readModel(bytes));
  } catch {
    return [];
  }
  return graph ? [...tensorsOf(graph)].flatMap(locationOf) : [];
}

function locationOf({ dataLocation, externalData }: TensorProto): string[] {
  if (dataLocation !== DataLocation.EXTERNAL) return [];
  return externalData.filter(({ key }) => key === "location").map(({ value }) => value);
}

/** Initializers, constants in nodes, and those of the graphs within. */
function* tensorsOf({ initializer, sparseInitializer, node }: GraphProto): Generator<TensorProto> {
  yield* initializer;
  for (const { values, indices } of sparseInitializer) yield* [values, indices].flatMap((tensor) => tensor ?? []);
  for (const { attribute } of node) {
    for (const { t, tensors, g, graphs } of attribute) {
      if (t) yield t;
      yield* tensors;
      for (const inner of g ? [g, ...graphs] : graphs) yield* tensorsOf(inner);
    }
  }
}
