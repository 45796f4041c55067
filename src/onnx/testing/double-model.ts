import { makeNode, makeTensor } from "../build.ts";
import { inferShapes } from "../infer.ts";
import { intOf, intsOf } from "../read.ts";
import {
  change,
  createTensor,
  createValueInfo,
  DataType,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "../schema.ts";

/**
 * A graph of opset 18 in float64, to measure in. ONNX Runtime has no such kernels for Conv and PRelu: they become
 * products, sums and choices, where the convolution is a plain one.
 */
export function doubleModel(model: ModelProto): ModelProto {
  const graph = model.graph!;
  const shapes = inferShapes(model);
  const constants: TensorProto[] = [];
  const shapeOf = (name: string) => shapes.get(name)!.shape as readonly number[];
  const ints = (...values: number[]): string => {
    const name = `double_ints_${values.join("_")}`;
    if (!constants.some((t) => t.name === name)) constants.push(makeTensor(name, [values.length], values));
    return name;
  };
  const zero = doubleTensor(makeTensor("double_zero", [], new Float32Array(1)));
  const node = graph.node.flatMap((one): NodeProto[] => {
    if (one.opType === "Conv") return isPlain(one, shapeOf) ? convInTaps(one, shapeOf, ints) : [one];
    if (one.opType !== "PRelu") return [one];
    const [x, slope] = one.input as [string, string];
    const own = (role: string): string => `${one.output[0]}_${role}`;
    return [
      makeNode("Greater", [x, zero.name], [own("positive")]),
      makeNode("Mul", [x, slope], [own("below")]),
      makeNode("Where", [own("positive"), x, own("below")], [one.output[0]!]),
    ];
  });
  // What a Resize scales by is float32 always.
  const scales = new Set(graph.node.flatMap(({ opType, input }) => (opType === "Resize" ? input.slice(1) : [])));
  const initializer = [...graph.initializer.map((t) => (scales.has(t.name) ? t : doubleTensor(t))), ...constants, zero];
  const output = graph.output.map(({ name }) => createValueInfo({ name }));
  const input = graph.input.map(doubleInfo);
  return change(model, { graph: change(graph, { node, input, output, initializer, valueInfo: [] }) });
}

/** Without dilation, with explicit pads, of one group or one a channel. */
function isPlain(node: NodeProto, shapeOf: (name: string) => readonly number[]): boolean {
  const auto = node.attribute.find(({ name }) => name === "auto_pad");
  if (auto && new TextDecoder().decode(auto.s) !== "NOTSET") return false;
  if (intsOf(node, "dilations")?.some((d) => d !== 1)) return false;
  const group = intOf(node, "group", 1);
  return group === 1 || (group === shapeOf(node.input[0]!)[1] && group === shapeOf(node.input[1]!)[0]);
}

/** y = b + Σ over the window's places of w[place]·x[moved there]; of one group, or of one a channel. */
function convInTaps(
  node: NodeProto,
  shapeOf: (name: string) => readonly number[],
  ints: (...values: number[]) => string,
): NodeProto[] {
  const [x, w, b] = node.input as [string, string, string?];
  const y = node.output[0]!;
  const [N, I] = shapeOf(x) as [number, number];
  const [O, , kh, kw] = shapeOf(w) as [number, number, number, number];
  const [, , oh, ow] = shapeOf(y) as [number, number, number, number];
  const [sh, sw] = (intsOf(node, "strides") ?? [1, 1]) as [number, number];
  const [top, left, bottom, right] = (intsOf(node, "pads") ?? [0, 0, 0, 0]) as [number, number, number, number];
  const single = intOf(node, "group", 1) > 1;
  const nodes: NodeProto[] = [];
  const add = (op: string, inputs: string[], role: string): string => {
    nodes.push(makeNode(op, inputs, [`${y}_${role}`]));
    return `${y}_${role}`;
  };
  const padded = add("Pad", [x, ints(0, 0, top, left, 0, 0, bottom, right)], "padded");
  const products: string[] = [];
  for (let i = 0; i < kh; i++) {
    for (let j = 0; j < kw; j++) {
      const at = `${i}_${j}`;
      const ends = ints(i + (oh - 1) * sh + 1, j + (ow - 1) * sw + 1);
      const moved = add("Slice", [padded, ints(i, j), ends, ints(2, 3), ints(sh, sw)], `moved_${at}`);
      const tap = add("Slice", [w, ints(i, j), ints(i + 1, j + 1), ints(2, 3)], `tap_${at}`);
      if (single) {
        products.push(add("Mul", [moved, add("Reshape", [tap, ints(1, O, 1, 1)], `row_${at}`)], `product_${at}`));
        continue;
      }
      const matrix = add("Reshape", [tap, ints(O, I)], `matrix_${at}`);
      const columns = add("Reshape", [moved, ints(N, I, oh * ow)], `columns_${at}`);
      products.push(add("MatMul", [matrix, columns], `product_${at}`));
    }
  }
  const sum = add("Reshape", [add("Sum", products, "sum"), ints(N, O, oh, ow)], "whole");
  const bias = b ? add("Reshape", [b, ints(1, O, 1, 1)], "bias") : null;
  return [...nodes, bias ? makeNode("Add", [sum, bias], [y]) : makeNode("Identity", [sum], [y])];
}

function doubleInfo(value: ValueInfoProto): ValueInfoProto {
  const type = value.type?.value;
  if (type?.case !== "tensorType" || type.value.elemType !== DataType.FLOAT) return value;
  const tensor = change(type.value, { elemType: DataType.DOUBLE });
  return change(value, { type: change(value.type!, { value: { case: "tensorType", value: tensor } }) });
}

function doubleTensor(tensor: TensorProto): TensorProto {
  if (tensor.dataType !== DataType.FLOAT) return tensor;
  const { rawData, name, dims } = tensor;
  const values = Float64Array.from(new Float32Array(new Uint8Array(rawData).buffer));
  return createTensor({ name, dims, dataType: DataType.DOUBLE, rawData: new Uint8Array(values.buffer) });
}
