import { describeModel, type ValueDescription } from "./model.ts";
import { type AttributeProto, AttributeType, type ModelProto, type TensorProto } from "./schema.ts";

/** A graph as text: inputs, one line a node with the shapes of its constants, outputs. */
export function printModel(model: ModelProto): string {
  const { inputs, outputs, opset, nodeCount, parameterCount } = describeModel(model);
  const constants = new Map(model.graph?.initializer.map((tensor) => [tensor.name, tensor]));
  const operand = (name: string) => {
    const constant = constants.get(name);
    return constant ? `${name} ${shapeOf(constant)}` : name || "–";
  };
  const nodes = model.graph?.node.map(({ name, opType, input, output, attribute }) => {
    const attributes = attribute.map((a) => ` ${a.name}=${printAttribute(a)}`).join("");
    return `${name || "–"}: ${opType}(${input.map(operand).join(", ")}) → ${output.join(", ")}${attributes}`;
  });
  return [
    `opset ${opset}, ${nodeCount} nodes, ${parameterCount} parameters`,
    ...inputs.map((value) => `input ${printValue(value)}`),
    ...(nodes ?? []),
    ...outputs.map((value) => `output ${printValue(value)}`),
  ].join("\n");
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
