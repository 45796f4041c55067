import type { PairColumns } from "../../evaluate/evaluation.ts";
import { createRandom } from "../../tensor/random.ts";

/** Each person's two pictures, and as many pairs of neighbours; scores of two hills that touch. */
export function columnsFrom(people: number, shift: number): PairColumns {
  const random = createRandom(5);
  const [a, b, same, scores, fold]: [number[], number[], boolean[], number[], number[]] = [[], [], [], [], []];
  for (let person = 0; person < people; person++) {
    for (const isSame of [true, false]) {
      a.push(2 * person);
      b.push(isSame ? 2 * person + 1 : (2 * person + 2) % (2 * people));
      same.push(isSame);
      const height = (random.uniform() + random.uniform() + random.uniform()) / 3;
      const score = isSame ? 0.05 + 0.8 * height + shift : -0.2 + 0.8 * height;
      scores.push(Number(Math.min(1, score).toFixed(4)));
      fold.push(person % 4);
    }
  }
  // A face that was missed.
  scores[2] = -1;
  return { a, b, same, scores, fold, columns: { pose: a.map((_, i) => ["frontal", "half", "profile", null][i % 4]!) } };
}
