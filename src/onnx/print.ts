import { ArcfaceError } from "../errors.ts";
import { inferShapes } from "./infer.ts";
import { describeModel, type ValueDescription } from "./model.ts";
import { printShape, type ValueType } from "./ops/op.ts";
import { opName } from "./ops.ts";
import { type AttributeProto, AttributeType, type ModelProto, type TensorProto } from "./schema.ts";

/**
 * A graph as text: inputs, one line a node with the shapes of its constants and, where they follow from the inputs',
 * of what it makes, outputs.
 */
export function printModel(model: ModelProto): string {
  const { inputs, outputs, opset, nodeCount, parameterCount } = describeModel(model);
  const constants = new Map(model.graph?.initializer.map((tensor) => [tensor.name, tensor]));
  const { shapes, problem } = shapesOf(model);
  const result = (name: string): string => {
    const shape = shapes.get(name)?.shape;
    return shape ? `${name} ${printShape(shape)}` : name;
  };
  const operand = (name: string) => {
    const constant = constants.get(name);
    return constant ? `${name} ${shapeOf(constant)}` : name || "–";
  };
  const nodes = model.graph?.node.map((node) => {
    const { name, input, output, attribute } = node;
    const attributes = attribute.map((a) => ` ${a.name}=${printAttribute(a)}`).join("");
    return `${name || "–"}: ${opName(node)}(${input.map(operand).join(", ")}) → ${output.map(result).join(", ")}${attributes}`;
  });
  return [
    `opset ${opset}, ${nodeCount} nodes, ${parameterCount} parameters`,
    ...inputs.map((value) => `input ${printValue(value)}`),
    ...(nodes ?? []),
    ...outputs.map((value) => `output ${printValue(value)}`),
    ...(problem === null ? [] : [problem]),
  ].join("\n");
}

/** A graph that contradicts itself is printed all the same: that is when one wants to see it. */
function shapesOf(model: ModelProto): { shapes: ReadonlyMap<string, ValueType>; problem: string | null } {
  try {
    return { shapes: inferShapes(model, { onUnknown: () => {} }), problem: null };
  } catch (error) {
    if (!(error instanceof ArcfaceError)) throw error;
    return { shapes: new Map(), problem: error.message };
  }
}

function printValue({ name, dtype, shape }: ValueDescription): string {
  return `${name}: ${dtype} [${shape.join(", ")}]`;
}

function shapeOf({ dims }: TensorProto): string {
  return `[${dims.join(", ")}]`;
}

function printAttribute({ type, i, f, s, t, ints, floats }: AttributeProto): string {
  switch (type) {
    case AttributeType.FLOAT:
      return `${f}`;
    case AttributeType.INT:
      return `${i}`;
    case AttributeType.STRING:
      return new TextDecoder().decode(s);
    case AttributeType.TENSOR:
      return t ? `tensor ${shapeOf(t)}` : "tensor";
    case AttributeType.FLOATS:
      return `[${floats.join(", ")}]`;
    case AttributeType.INTS:
      return `[${ints.join(", ")}]`;
    default:
      return "…";
  }
}
