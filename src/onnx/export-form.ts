import { ArcfaceError, expected } from "../errors.ts";
import { makeNode, makeTensor } from "./build.ts";
import { namesIn, renameUses, renameValues } from "./names.ts";
import { tensorTypeOf } from "./read.ts";
import {
  change,
  createValueInfo,
  DataType,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "./schema.ts";

/** What is done to pixels before a network sees them: x becomes (x[c'] − mean[c]) / scale[c]. */
export type Preprocessing = {
  /** One number a channel, 1 or 3, in the order of colours that the network itself wants. */
  readonly mean: readonly number[];
  readonly scale: readonly number[];
  /** Do the colours come in the other order than the network wants? c' is then 2 − c, else c. */
  readonly reverseChannels: boolean;
  /** Of the network itself. */
  readonly layout: "NCHW" | "NHWC";
  /** Do pixels come NHWC to a network that is NCHW? */
  readonly interleavedToPlanar: boolean;
};

export type BakeOptions = Omit<Preprocessing, "interleavedToPlanar"> & {
  /** Default: the only input. */
  readonly inputName?: string | undefined;
  readonly interleavedToPlanar?: boolean | undefined;
  /** New names of inputs and outputs, by the old ones. */
  readonly rename?: Readonly<Record<string, string>> | undefined;
};

/** Elementwise operators broadcast as numpy does since this one. */
export const NUMPY_BROADCAST_OPSET = 7;

/**
 * Put the preprocessing into the graph, in front: Transpose, Gather (the reversal), Sub and Div, each where it does
 * something. What goes in is then float32 pixels, 0–255, un-normalised: the form in which Luxonis exports networks,
 * where reverseChannels is told of a network that wants RGB. takeOutPreprocessing gives back the same graph.
 *
 * @returns a new model that shares the weights; the given one stays as it is.
 * @throws {ArcfaceError} INVALID_ARGUMENT where mean and scale are not one number a channel, a name is taken, or there
 * is no such input; UNSUPPORTED_FORMAT where the input is no float32 image or the opset is older than 7.
 */
export function bakePreprocessing(model: ModelProto, options: BakeOptions): ModelProto {
  const { mean, scale, reverseChannels, layout, interleavedToPlanar = false, rename = {} } = options;
  const { graph } = model;
  const input = findInput(model, options.inputName);
  checkInput(model, input, options);
  const channels = mean.length;
  const along = layout === "NCHW" ? [1, channels, 1, 1] : [1, 1, 1, channels];
  const taken = namesIn(graph!);
  const initializers: TensorProto[] = [];
  const nodes: NodeProto[] = [];
  let value = input.name;
  const fresh = (role: string): string => {
    let name = `${role}_${input.name}`;
    while (taken.has(name)) name += "_";
    taken.add(name);
    return name;
  };
  const step = (op: string, role: string, operand?: TensorProto, attributes = {}): void => {
    const output = fresh(role);
    if (operand) initializers.push(operand);
    nodes.push(makeNode(op, operand ? [value, operand.name] : [value], [output], attributes));
    value = output;
  };
  if (interleavedToPlanar) step("Transpose", "planar", undefined, { perm: [0, 3, 1, 2] });
  if (reverseChannels && channels === 3) {
    step("Gather", "reversed", makeTensor(fresh("order"), [3], [2, 1, 0]), { axis: layout === "NCHW" ? 1 : 3 });
  }
  if (mean.some((m) => m !== 0)) step("Sub", "centred", makeTensor(fresh("mean"), along, Float32Array.from(mean)));
  if (scale.some((s) => s !== 1)) step("Div", "scaled", makeTensor(fresh("scale"), along, Float32Array.from(scale)));

  // Graphs before IR version 4 list their constants among the inputs.
  const listed = model.irVersion < 4n ? initializers.map(constantInput) : [];
  const baked = change(graph!, {
    node: [...nodes, ...renameUses(graph!.node, new Map([[input.name, value]]))],
    input: [
      ...graph!.input.map((info) => (info === input && interleavedToPlanar ? permuteInput(info, [0, 2, 3, 1]) : info)),
      ...listed,
    ],
    initializer: [...graph!.initializer, ...initializers],
  });
  return renameValues(change(model, { graph: baked }), rename);
}

/** The input of that name, or the only one. @throws {ArcfaceError} INVALID_ARGUMENT */
export function findInput({ graph }: ModelProto, name?: string): ValueInfoProto {
  const constants = new Set(graph?.initializer.map((tensor) => tensor.name));
  const inputs = graph?.input.filter((info) => !constants.has(info.name)) ?? [];
  const found = name === undefined ? inputs : inputs.filter((info) => info.name === name);
  if (found.length === 1) return found[0]!;
  throw expected("graph", name === undefined ? "one input" : `an input ${name}`, inputs.map((i) => i.name).join(", "));
}

export function opsetOf({ opsetImport }: ModelProto): number {
  return Number(opsetImport.find(({ domain }) => domain === "" || domain === "ai.onnx")?.version ?? 0);
}

function checkInput(
  model: ModelProto,
  input: ValueInfoProto,
  { mean, scale, layout, interleavedToPlanar }: BakeOptions,
) {
  const channels = mean.length;
  if ((channels !== 1 && channels !== 3) || scale.length !== channels || scale.includes(0))
    throw expected("preprocessing", "1 or 3 means and as many scales, none 0", `[${mean}] and [${scale}]`);
  if (interleavedToPlanar && layout !== "NCHW")
    throw expected("preprocessing", "a network of NCHW for interleavedToPlanar", layout);
  const type = tensorTypeOf(input);
  const refuse = (what: string, got: string): ArcfaceError =>
    new ArcfaceError(
      "UNSUPPORTED_FORMAT",
      `input ${input.name}: expected ${what} to put preprocessing before, got ${got}`,
    );
  if (type?.elemType !== DataType.FLOAT) throw refuse("float32", DataType[type?.elemType ?? 0]!.toLowerCase());
  const dim = type.shape[layout === "NCHW" ? 1 : 3];
  if (type.shape.length !== 4 || (typeof dim === "number" && dim > 0 && dim !== channels))
    throw refuse(`${layout} of ${channels} channels`, `[${type.shape.join(", ")}]`);
  const opset = opsetOf(model);
  if (opset < NUMPY_BROADCAST_OPSET) throw refuse(`opset ${NUMPY_BROADCAST_OPSET} or later`, `${opset}`);
}

/** An input with its axes in another order and perhaps of another type; other details of it stay. */
export function permuteInput(info: ValueInfoProto, order: readonly number[], elemType?: DataType): ValueInfoProto {
  if (info.type?.value.case !== "tensorType") return info;
  const tensor = info.type.value.value;
  const dim = tensor.shape && order.map((axis) => tensor.shape!.dim[axis]!);
  const value = change(tensor, {
    ...(elemType !== undefined && { elemType }),
    ...(dim && { shape: change(tensor.shape!, { dim }) }),
  });
  return change(info, { type: change(info.type, { value: { case: "tensorType", value } }) });
}

/** How graphs before IR version 4 list a constant among their inputs. */
export function constantInput({ name, dims, dataType }: TensorProto): ValueInfoProto {
  const dim = dims.map((size) => ({ value: { case: "dimValue" as const, value: size } }));
  return createValueInfo({
    name,
    type: { value: { case: "tensorType", value: { elemType: dataType, shape: { dim } } } },
  });
}
