/**
 * A dimension: a number, or a name where it may vary. A computed one is named by its formula, `floor((H+1)/2)`:
 * equal names are equal numbers, and different names may be equal all the same.
 */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** Do they contradict each other? Names may turn out to be any number. */
export const differ = (a: Dim, b: Dim): boolean => typeof a === "number" && typeof b === "number" && a !== b;

export function plus(dim: Dim, n: number): Dim {
  if (typeof dim === "number") return dim + n;
  const { base, add, over } = parse(dim);
  return format({ base, add: add + n * over, over });
}

/** ⌊dim / n⌋, or ⌈dim / n⌉ with `ceil`. */
export function divide(dim: Dim, n: number, round: "floor" | "ceil" = "floor"): Dim {
  if (typeof dim === "number") return Math[round](dim / n);
  const { base, add, over } = parse(round === "ceil" ? String(plus(dim, n - 1)) : dim);
  // ⌊⌊x / over⌋ / n⌋ = ⌊x / (over · n)⌋ for whole numbers
  return format({ base, add, over: over * n });
}

/** ⌊(base + add) / over⌋: what windows and strides, one after another, make of a size. */
type Quotient = { readonly base: string; readonly add: number; readonly over: number };

function parse(name: string): Quotient {
  const [, dividend, over] = whole(/^floor\((.+)\/(\d+)\)$/.exec(name));
  const sum = dividend ?? name;
  const [, base, add] = whole(/^\((.+)([+-]\d+)\)$/.exec(sum));
  return { base: base ?? sum, add: Number(add ?? 0), over: Number(over ?? 1) };
}

function format({ base, add, over }: Quotient): string {
  const sum = add === 0 ? base : `(${base}${add < 0 ? add : `+${add}`})`;
  return over === 1 ? sum : `floor(${sum}/${over})`;
}

/** A match whose brackets were each other's: that of `(a)*(b)` begins and ends with strangers. */
function whole(match: RegExpExecArray | null): readonly (string | undefined)[] {
  let depth = 0;
  for (const character of match?.[1] ?? "") {
    if (character === "(") depth++;
    if (character === ")") depth--;
    if (depth < 0) return [];
  }
  return match ?? [];
}

/** As many elements as a shape has; names are multiplied with `*`. */
export function product(dims: Shape): Dim {
  const { coefficient, names } = factors(dims);
  if (names.length === 0 || coefficient === 0) return coefficient;
  return [...(coefficient === 1 ? [] : [coefficient]), ...names].join("*");
}

/** Π of / Π by; null where the numbers do not divide. */
export function quotient(of: Shape, by: Shape): Dim | null {
  const [over, under] = [factors(of), factors(by)];
  for (const name of [...under.names]) {
    const at = over.names.indexOf(name);
    if (at === -1) continue;
    over.names.splice(at, 1);
    under.names.splice(under.names.indexOf(name), 1);
  }
  const coefficient = over.coefficient / under.coefficient;
  if (under.names.length === 0 && Number.isInteger(coefficient)) return product([coefficient, ...over.names]);
  if (under.names.length === 0 && over.names.length === 0) return null;
  return `(${product([over.coefficient, ...over.names])})/(${product([under.coefficient, ...under.names])})`;
}

function factors(dims: Shape): { coefficient: number; names: string[] } {
  const parts = dims.flatMap((dim): Dim[] => (typeof dim === "number" ? [dim] : splitProduct(dim)));
  const isNumber = (part: Dim): boolean => typeof part === "number" || /^\d+$/.test(part);
  return {
    coefficient: parts.filter(isNumber).reduce<number>((n, part) => n * Number(part), 1),
    names: parts.filter((part): part is string => !isNumber(part)).sort(),
  };
}

/** `2*(H+1)*W` → 2, (H+1), W: at the `*` outside brackets. */
function splitProduct(name: string): string[] {
  let depth = 0;
  const parts = [""];
  for (const character of name) {
    if (character === "(") depth++;
    if (character === ")") depth--;
    if (character === "*" && depth === 0) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts;
}

/** numpy's rule: aligned at the last axis, 1 stretches. Null where shapes do not fit. */
export function broadcast(...shapes: readonly Shape[]): Dim[] | null {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  const dims: Dim[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const here = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1).filter((dim) => dim !== 1);
    const numbers = new Set(here.filter((dim) => typeof dim === "number"));
    if (numbers.size > 1) return null;
    const names = [...new Set(here)].sort();
    // Of two names either may turn out to be 1.
    dims.push(numbers.size === 1 ? [...numbers][0]! : names.length > 1 ? `max(${names.join(",")})` : (names[0] ?? 1));
  }
  return dims;
}
