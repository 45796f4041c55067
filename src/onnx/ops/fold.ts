import { sizeOf } from "../../tensor/tensor.ts";
import { type Dim, divide, plus, product, quotient, type Shape } from "./dim.ts";
import { isFloat } from "./element-type.ts";
import type { Call, Op } from "./op.ts";

/** Sizes, axes and pads are short; longer lists are weights, which no shape depends on. */
export const MOST_VALUES = 64;

type Fold = NonNullable<Op["values"]>;
/** What one output element is; null where only a run knows. */
type Formula = (operands: readonly Dim[], call: Call) => Dim | null;

/** The same elements in the same order. */
export const keepValues: Fold = (call) => call.input(0).values;

/** Element by element over inputs that are stretched to the output's shape. */
export function combine(formula: Formula): Fold {
  return (call, output) => {
    const shape = numbersOf(output);
    const inputs = call.inputs.flatMap((input) => (input ? [input] : []));
    if (!shape || inputs.some(({ values, shape }) => values === null || !numbersOf(shape))) return null;
    const stretched = inputs.map(({ values, shape: own }) =>
      pick(values!, own as number[], shape, (at) =>
        own.map((dim, i) => (dim === 1 ? 0 : at[i + shape.length - own.length]!)),
      ),
    );
    return whole(
      Array.from({ length: sizeOf(shape) }, (_, i) =>
        formula(
          stretched.map((values) => values[i]!),
          call,
        ),
      ),
    );
  };
}

/** A formula over numbers; what has a name stays unknown. */
export const ofNumbers =
  (formula: (...operands: number[]) => number): Formula =>
  (operands) =>
    operands.every((x) => typeof x === "number") ? formula(...(operands as number[])) : null;

export const add: Formula = ([a, b]) => {
  if (typeof b === "number") return plus(a!, b);
  return typeof a === "number" ? plus(b!, a) : `(${a}+${b})`;
};
export const subtract: Formula = ([a, b]) => {
  if (a === b) return 0;
  return typeof b === "number" ? plus(a!, -b) : `(${a}-${b})`;
};
/** A name times a fraction is a formula in brackets, which no other rule looks into. */
export const multiply: Formula = ([a, b]) => {
  if (typeof a === "number" && typeof b === "number") return a * b;
  return [a, b].every((x) => typeof x === "string" || Number.isInteger(x)) ? product([a!, b!]) : `(${a}*${b})`;
};
export const divideBy: Formula = ([a, b], call) => {
  const fraction = isFloat(call.input(0).dtype);
  if (typeof a === "number" && typeof b === "number") return fraction ? a / b : Math.trunc(a / b);
  if (a === b) return 1;
  if (fraction) return `(${a}/${b})`;
  if (typeof b === "number") return divide(a!, b);
  const exact = quotient([a!], [b!]);
  return exact !== null && !String(exact).includes("/") ? exact : `floor(${a}/${b})`;
};
/** What has a name is a size, which is never below 0. */
export const equal: Formula = ([a, b]) => {
  if (a === b) return 1;
  if (typeof a === "number" && typeof b === "number") return 0;
  return [a, b].some((x) => typeof x === "number" && x < 0) ? 0 : null;
};
export const choose: Formula = ([condition, a, b]) => (condition === 1 ? a! : condition === 0 ? b! : null);
/** ⌊x⌋ or ⌈x⌉ of what is a whole number already is itself. */
export const rounded =
  (round: "floor" | "ceil"): Formula =>
  ([x]) =>
    typeof x === "number" ? Math[round](x) : /[./]/.test(x!) ? `${round}${x!.startsWith("(") ? x : `(${x})`}` : x!;

/** The elements `from[at]` of a new shape, where `from` tells each new place's old one. */
export function pick(
  values: readonly Dim[],
  shape: readonly number[],
  into: readonly number[],
  from: (at: readonly number[]) => readonly number[],
): Dim[] {
  return Array.from({ length: sizeOf(into) }, (_, i) => {
    const at = Array<number>(into.length);
    for (let axis = into.length - 1, rest = i; axis >= 0; axis--) {
      at[axis] = rest % into[axis]!;
      rest = Math.floor(rest / into[axis]!);
    }
    return values[from(at).reduce((index, place, axis) => index * shape[axis]! + place, 0)]!;
  });
}

/** The elements of the first input, moved; null where a shape or an element is known only when the graph runs. */
export function moved(
  call: Call,
  output: Shape,
  from: (at: readonly number[], shape: readonly number[]) => readonly number[],
): readonly Dim[] | null {
  const { values, shape } = call.input(0);
  const [before, after] = [numbersOf(shape), numbersOf(output)];
  return values && before && after ? whole(pick(values, before, after, (at) => from(at, before))) : null;
}

export function numbersOf(shape: Shape): number[] | null {
  return shape.every((dim) => typeof dim === "number") ? ([...shape] as number[]) : null;
}

function whole(values: readonly (Dim | null | undefined)[]): readonly Dim[] | null {
  return values.every((value) => value !== null && value !== undefined) ? (values as Dim[]) : null;
}
