import type { LabelledImages } from "../data/labelled-images.ts";
import { expected } from "../errors.ts";
import { createRandom } from "../tensor/random.ts";

/** People by their labels. */
export type PeopleSplit = {
  readonly train: readonly number[];
  /** Decide when to stop. */
  readonly validation: readonly number[];
  /** Decide nothing: they tell what came of it. */
  readonly test: readonly number[];
};

export type SplitOptions = { readonly validation: number; readonly test: number; readonly seed: number };

/**
 * Share people out by lot, so that nobody is in two parts.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where fewer than two are left to train on, or a part has one person only, who
 *   makes no pair of two.
 */
export function splitPeople(classes: number, where: string, { validation, test, seed }: SplitOptions): PeopleSplit {
  for (const [part, count] of Object.entries({ validation, test })) {
    if (!(Number.isInteger(count) && count >= 0 && count !== 1))
      throw expected(`${where}: people for ${part}`, "0, or 2 and more", `${count}`);
  }
  const left = classes - validation - test;
  if (left < 2) {
    throw expected(
      where,
      `${validation + test + 2} people or more`,
      `${classes}`,
      "two at least must be left to train on",
    );
  }
  const random = createRandom(seed);
  const order = Array.from({ length: classes }, (_, label) => label);
  for (let i = classes - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  const part = (from: number, count: number) => order.slice(from, from + count).sort((a, b) => a - b);
  return { test: part(0, test), validation: part(test, validation), train: part(test + validation, left) };
}

/** Some people's pictures as a set of their own: labels count from 0, in the order given. It stays the set's to close. */
export async function picturesOf(images: LabelledImages, people: readonly number[]): Promise<LabelledImages> {
  const newLabel = new Map(people.map((label, i) => [label, i]));
  const kept: { readonly sample: number; readonly label: number }[] = [];
  for (let sample = 0; sample < images.count; sample++) {
    const label = newLabel.get(images.knownLabel(sample) ?? (await images.label(sample)));
    if (label !== undefined) kept.push({ sample, label });
  }
  const at = (i: number) => {
    const one = kept[i];
    if (!one) throw expected("pictures", `a number below ${kept.length}`, `${i}`);
    return one;
  };
  return {
    count: kept.length,
    classes: people.length,
    classNames: images.classNames && people.map((label) => images.classNames![label]!),
    name: (i) => images.name(at(i).sample),
    place: (i) => images.place(at(i).sample),
    knownLabel: (i) => at(i).label,
    label: (i) => at(i).label,
    read: async (i) => ({ ...(await images.read(at(i).sample)), label: at(i).label }),
    [Symbol.asyncDispose]: async () => {},
  };
}
