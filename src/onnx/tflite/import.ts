import { ArcfaceError } from "../../errors.ts";
import { type Dims, makeModel, makeValueInfo } from "../build.ts";
import { fusePrelu } from "../fuse-prelu.ts";
import type { ModelProto } from "../schema.ts";
import { createGraph } from "./graph.ts";
import { toNchw } from "./layout.ts";
import { readTflite, type TfliteModel } from "./model.ts";
import { ops } from "./ops.ts";

export { isTflite } from "./model.ts";

/**
 * A TensorFlow Lite file as an ONNX model of the same float32 function.
 *
 * Inputs of rank 4 are images and become NCHW, [1, C, H, W]; every other input and every output keeps the file's
 * shape and order of elements, so that an output of rank 4 stays NHWC. float16 and quantised weights become float32.
 * Where no operator fixes a size (networks of convolutions only), height and width are free: the dimensions
 * `height` and `width`.
 *
 * @param name what errors call the file.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where the bytes are damaged, weights are sparse, or an operator is not
 * known.
 */
export function importTflite(bytes: Uint8Array, name: string): ModelProto {
  const model = readTflite(bytes, name);
  const resizable = model.operators.every(({ code }) => ops[code]?.anySize ?? false) && model.inputs.length === 1;
  const graph = createGraph(model, resizable);
  for (const operator of model.operators) {
    const op = ops[operator.code];
    if (!op) throw unknownOperator(name, operator.index, operator.code, operator.customCode);
    op.rule(graph, operator, operator.options);
  }
  const imported = makeModel({
    name,
    nodes: graph.nodes,
    initializers: graph.initializers,
    inputs: model.inputs.map((index) => {
      const { name: input, shape } = floatTensor(model, index);
      const image = shape.length === 4;
      const free = resizable && image ? [shape[0]!, shape[3]!, "height", "width"] : null;
      return makeValueInfo(input, free ?? (image ? toNchw(shape) : shape));
    }),
    outputs: model.outputs.map((index) => {
      const { name: output, shape } = floatTensor(model, index);
      graph.value(index, "plain");
      return makeValueInfo(output, resizable ? freeSize(output, shape) : shape);
    }),
  });
  return fusePrelu(imported);
}

function freeSize(name: string, shape: readonly number[]): Dims {
  return shape.length === 4 ? [shape[0]!, `${name} height`, `${name} width`, shape[3]!] : shape;
}

function floatTensor({ name, tensors }: TfliteModel, index: number) {
  const tensor = tensors[index]!;
  if (tensor.type === "float32") return tensor;
  throw new ArcfaceError(
    "UNSUPPORTED_FORMAT",
    `${name}: expected inputs and outputs of float32, got ${tensor.name} of ${tensor.type}`,
  );
}

function unknownOperator(name: string, index: number, code: number, customCode: string): ArcfaceError {
  const what = customCode ? `custom operator ${customCode}` : `operator number ${code}`;
  return new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: ${what} (node ${index}) is not supported`, {
    hint: "convert the network to ONNX with tf2onnx and use that file",
  });
}
