import type { Evaluation } from "../evaluate/evaluation.ts";
import { peopleOf } from "../evaluate/people.ts";
import type { PeoplePairs } from "../metrics/bootstrap.ts";

/** All pairs with their people, for what is measured anew of them; `null` where an evaluation does not hold them all. */
export function peoplePairsOf({
  items,
  verification,
}: Pick<Evaluation, "items" | "verification">): (PeoplePairs & { readonly fold?: readonly number[] }) | null {
  if (verification === null || !verification.isComplete) return null;
  const { pairs, folds } = verification;
  const people = peopleOf(items, pairs);
  // Where one fold alone is judged, its accuracy is not the mean over folds.
  const isFolded = pairs.fold !== null && (folds?.length ?? 0) > 1;
  return {
    scores: pairs.scores,
    same: pairs.same,
    a: pairs.a.map((item) => people[item]!),
    b: pairs.b.map((item) => people[item]!),
    ...(isFolded && { fold: pairs.fold! }),
  };
}
