import { makeModel, makeNode, makeTensor, makeValueInfo } from "../build.ts";
import { dataTypeOf } from "../ops/element-type.ts";
import { change, createTensor, DataType, type ModelProto, type TensorProto, type ValueInfoProto } from "../schema.ts";
import type { OpCase, Operand } from "./op-cases.ts";

const OPSET = 18;

/** A graph of one node, its inputs `x0`, `x1` …, its outputs `y0` …; and the shapes of those inputs that are no constants. */
export function oneOp({ op, inputs, attributes = {}, outputs = 1, opset = OPSET }: OpCase): {
  model: ModelProto;
  shapes: Record<string, readonly number[]>;
} {
  const constants: TensorProto[] = [];
  const infos: ValueInfoProto[] = [];
  const shapes: Record<string, readonly number[]> = {};
  inputs.forEach((operand, i) => {
    const constant = operand && toConstant(`x${i}`, operand);
    if (constant) constants.push(constant);
    const value = operand && toInput(operand);
    if (!value) return;
    infos.push(makeValueInfo(`x${i}`, value.shape, dataTypeOf(value.dtype)));
    shapes[`x${i}`] = value.shape;
  });
  const ys = Array.from({ length: outputs }, (_, i) => `y${i}`);
  const [name, domain = ""] = op.split(".").reverse();
  const node = makeNode(
    name!,
    inputs.map((operand, i) => (operand ? `x${i}` : "")),
    ys,
    attributes,
  );
  const model = makeModel({
    name: op,
    nodes: [change(node, { domain: domain && "com.microsoft" })],
    inputs: infos,
    outputs: ys.map((y) => makeValueInfo(y, [])),
    initializers: constants,
  });
  const [own] = model.opsetImport;
  const opsetImport = [
    change(own!, { version: BigInt(opset) }),
    change(own!, { domain: "com.microsoft", version: 1n }),
  ];
  return { model: change(model, { opsetImport }), shapes };
}

function toInput(operand: NonNullable<Operand>) {
  if ("dtype" in operand) return operand;
  return Array.isArray(operand) ? ({ shape: operand as readonly number[], dtype: "float32" } as const) : null;
}

function toConstant(name: string, operand: NonNullable<Operand>): TensorProto | null {
  if ("ints" in operand) return makeTensor(name, operand.scalar ? [] : [operand.ints.length], operand.ints);
  if ("floats" in operand) {
    return makeTensor(name, operand.scalar ? [] : [operand.floats.length], Float32Array.from(operand.floats));
  }
  if (!("bytes" in operand)) return null;
  const { bytes, shape = [bytes.length], signed } = operand;
  const dataType = signed ? DataType.INT8 : DataType.UINT8;
  return createTensor({ name, dims: shape.map(BigInt), dataType, rawData: Uint8Array.from(bytes) });
}
