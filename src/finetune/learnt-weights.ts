import { ArcfaceError, expected } from "../errors.ts";
import { opName, opOf } from "../onnx/ops.ts";
import { change, DataType, type ModelProto, type TensorProto } from "../onnx/schema.ts";
import { sizeOf } from "../tensor/tensor.ts";

/** Which layers learn: all, or the last N that multiply by weights, with the slopes and shifts that follow them. */
export type LearntLayers = "all" | { readonly last: number };

export type LearntWeight = {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initial: Float32Array<ArrayBuffer>;
};

/** What can be learnt of a network, and what its file is like. */
export type LearntWeights = {
  /** In the order in which the network uses them. */
  readonly weights: readonly LearntWeight[];
  /** Layers that multiply by weights: in the file, and of them those that learn. */
  readonly layers: number;
  readonly learntLayers: number;
  readonly batchNorms: number;
};

/** What begins a layer: the operators that multiply by weights. */
const PRODUCTS = new Set(["Conv", "ConvTranspose", "Gemm", "MatMul"]);
const QUANTISED = /Integer|QLinear|Quantize/;

/**
 * Find the weights of a network that gradients can teach: float32 constants in the places where the table of operators
 * says that an operator has its weights.
 *
 * @param model its constants are initializers, not nodes.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where the file is quantised or has no such weights; INVALID_ARGUMENT where more
 *   layers are asked for than there are.
 */
export function learntWeights({ graph }: ModelProto, name: string, learnt: LearntLayers = "all"): LearntWeights {
  const constants = new Map(graph!.initializer.map((tensor) => [tensor.name, tensor]));
  const found: { readonly tensor: TensorProto; readonly layer: number }[] = [];
  const seen = new Set<string>();
  let [layers, batchNorms] = [0, 0];
  for (const node of graph!.node) {
    const op = opName(node);
    if (QUANTISED.test(op)) throw quantised(name, op);
    const tensors = (opOf(node)?.weights ?? []).flatMap((input) => constants.get(node.input[input] ?? "") ?? []);
    if (PRODUCTS.has(op) && tensors.length > 0) layers++;
    if (op === "BatchNormalization") batchNorms++;
    for (const tensor of tensors) {
      if (tensor.dataType !== DataType.FLOAT || seen.has(tensor.name)) continue;
      seen.add(tensor.name);
      found.push({ tensor, layer: layers });
    }
  }
  if (layers === 0 || found.length === 0)
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: expected layers with float32 weights, got none`);
  const learntLayers = learnt === "all" ? layers : learnt.last;
  if (!(Number.isInteger(learntLayers) && learntLayers >= 1 && learntLayers <= layers))
    throw expected(`${name}: layers to train`, `1 to ${layers}`, `${learntLayers}`);
  const weights = found
    .filter(({ layer }) => learnt === "all" || layer > layers - learntLayers)
    .map(({ tensor }) => ({ name: tensor.name, shape: tensor.dims.map(Number), initial: floatsOf(tensor) }));
  return { weights, layers, learntLayers, batchNorms };
}

function quantised(name: string, op: string): ArcfaceError {
  return new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: expected float32 weights, got a quantised network (${op})`, {
    hint: "rounded weights have no gradient: fine-tune the float32 network that it was made of",
  });
}

/** A copy of a float32 constant's values. */
function floatsOf({ dims, rawData, floatData }: TensorProto): Float32Array<ArrayBuffer> {
  if (rawData.length === 0) return Float32Array.from(floatData);
  const values = new Float32Array(sizeOf(dims.map(Number)));
  new Uint8Array(values.buffer).set(rawData);
  return values;
}

/** The network with other values of some weights. @param values by name. */
export function withWeights(model: ModelProto, values: ReadonlyMap<string, Float32Array<ArrayBuffer>>): ModelProto {
  const initializer = model.graph!.initializer.map((tensor) => {
    const data = values.get(tensor.name);
    return data ? change(tensor, { rawData: new Uint8Array(data.slice().buffer), floatData: [] }) : tensor;
  });
  return change(model, { graph: change(model.graph!, { initializer }) });
}
