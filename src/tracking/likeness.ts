import { assign } from "../tensor/assignment.ts";
import type { Person } from "./person.ts";
import { discounted, type Sample, similarityTo, type Template, templateSimilarity } from "./template.ts";

/** How alike two templates are, on the scale of good faces; −Infinity where there is nothing to compare. */
export function likeness(a: Template | null, b: Template | null): number {
  return a && b ? discounted(templateSimilarity(a, b), Math.min(a.quality, b.quality)) : -Infinity;
}

/** Who is most like a look, and at least so much; `null` for nobody. */
export function mostLike(
  { embedding, quality }: Sample,
  among: readonly Person[],
  leastLikeness: number,
): Person | null {
  let best: Person | null = null;
  let most = leastLikeness;
  for (const person of among) {
    if (!person.template) continue;
    const poorer = Math.min(quality, person.template.quality);
    const alike = discounted(similarityTo(person.template, embedding), poorer);
    if (alike >= most) [best, most] = [person, alike];
  }
  return best;
}

/** A face that has no label yet. */
export type Undecided = {
  readonly template: Template | null;
  /** People whom it is not. */
  readonly not: ReadonlySet<number>;
  /** It has gone without a label for as long as it may. */
  readonly waited: boolean;
};

/** A person it is, somebody new, or not sure yet. */
export type Decision = Person | "new" | "wait";

export type DecisionRules = { readonly sameSimilarity: number; readonly otherSimilarity: number };

/** After many looks, or where waiting is over, this much likeness is taken for the same person. */
const LIKELY = 0.38;
/** Enough good looks to say that somebody is new where there is nobody to be confused with, and where there is. */
const FEW_LOOKS = 0.5;
const MANY_LOOKS = 2;

/**
 * Who faces without a label are, all of them at once, so that no person is given twice.
 *
 * @param free those who are not in sight already.
 */
export function decide(
  faces: readonly Undecided[],
  free: readonly Person[],
  { sameSimilarity, otherSimilarity }: DecisionRules,
): Decision[] {
  const alike = faces.flatMap(({ template, not }) =>
    free.map((person) => (not.has(person.id) ? -Infinity : likeness(template, person.template))),
  );
  const chosen = assign(
    alike.map((value) => -value),
    faces.length,
    free.length,
    -otherSimilarity,
  );
  return faces.map(({ template, waited }, i) => {
    const looks = template?.views.reduce((sum, { weight }) => sum + weight, 0) ?? 0;
    const j = chosen[i]!;
    // Between the two thresholds only time, and the looks it brings, can tell.
    if (j === -1) return waited || looks >= (free.length === 0 ? FEW_LOOKS : MANY_LOOKS) ? "new" : "wait";
    const most = alike[i * free.length + j]!;
    if (most >= sameSimilarity || (most >= LIKELY && (waited || looks >= MANY_LOOKS))) return free[j]!;
    return waited ? "new" : "wait";
  });
}
