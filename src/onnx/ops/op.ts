import type { ArcfaceError } from "../../errors.ts";
import type { Attribute } from "../build.ts";
import type { TensorProto } from "../schema.ts";
import type { Dim, Shape } from "./dim.ts";
import type { ElementType } from "./element-type.ts";

export type ValueType = { readonly dtype: ElementType; readonly shape: Shape };

/** Formulas that grow beyond this, in a graph that doubles a size again and again, become a name of their own. */
export const LONGEST_NAME = 200;

/** What is known of a value before the graph runs; the elements too, where they are few and do not depend on pixels. */
export type Known = ValueType & { readonly values: readonly Dim[] | null };

/** One operator, as the ONNX specification defines it. */
export type Op = {
  readonly inputs: readonly [least: number, most: number];
  readonly outputs: readonly [least: number, most: number];
  /** What it knows, with the specification's defaults; `null` where there is none. */
  readonly attributes: Readonly<Record<string, Attribute | null>>;
  /** Of each output; `null` where it cannot be known before the graph runs. */
  readonly shapes: (call: Call) => readonly (Shape | null)[];
  /** Of each output: a type, or the input that it is taken from. Default: the first input's, for all. */
  readonly dtypes?: readonly DtypeRule[];
  /** Multiplications with an addition that one run takes. */
  readonly macs?: (call: Call, output: Shape) => Dim;
  /** The elements of the first output, where those of the inputs suffice. */
  readonly values?: (call: Call, output: Shape) => readonly Dim[] | null;
  /** Inputs that hold what is learnt, where they are constant. */
  readonly weights?: readonly number[];
  /** Inputs that hold what was measured while learning: a batch normalisation's mean and variance. */
  readonly statistics?: readonly number[];
};

export type DtypeRule = ElementType | number | ((call: Call) => ElementType);

/** One node as its rules see it. */
export type Call = {
  /** What errors call the node: `conv1 (Conv)`. */
  readonly where: string;
  /** `null` for an optional input that is left out. */
  readonly inputs: readonly (Known | null)[];
  readonly outputCount: number;
  /** @throws {ArcfaceError} MODEL_MISMATCH where it is left out. */
  input(index: number): Known;
  /** The attribute, or its default. */
  int(name: string): number;
  float(name: string): number;
  text(name: string): string;
  /** `null` where the attribute is absent and the specification has no default. */
  ints(name: string): readonly number[] | null;
  floats(name: string): readonly number[] | null;
  tensor(name: string): TensorProto | null;
  has(name: string): boolean;
  /** A name for a dimension that is known only when the graph runs. */
  unknown(axis: number): Dim;
  /** A MODEL_MISMATCH: `where: expected what, got what`. */
  mismatch(what: string, got: string): ArcfaceError;
};

export const anyNumber: number = Number.POSITIVE_INFINITY;

/** Ops that share a rule, by their names. */
export function each(names: readonly string[], op: Op): Record<string, Op> {
  return Object.fromEntries(names.map((name) => [name, op]));
}

/** A negative axis counts from the end. @throws {ArcfaceError} MODEL_MISMATCH where there is no such axis. */
export function axisOf(call: Call, axis: number, rank: number): number {
  if (axis < -rank || axis >= rank) throw call.mismatch(`an axis of ${rank}`, `${axis}`);
  return axis < 0 ? axis + rank : axis;
}

/** Axes as an attribute in old opsets, as an input in new ones: absent is `null`, and so is what only a run knows. */
export function listOf(call: Call, attribute: string, input: number): readonly Dim[] | null {
  return call.ints(attribute) ?? call.inputs[input]?.values ?? null;
}

/** The same, where only whole numbers will do. */
export function integersAt(call: Call, attribute: string, input: number): number[] | null {
  const list = listOf(call, attribute, input);
  return list?.every((value) => typeof value === "number") ? ([...list] as number[]) : null;
}

export const printShape = (shape: Shape): string => `[${shape.join(", ")}]`;
