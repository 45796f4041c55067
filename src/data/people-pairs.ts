import { expected } from "../errors.ts";
import { createRandom } from "../tensor/random.ts";
import { combined } from "./pair-columns.ts";
import type { TestPairs } from "./test-set.ts";

/**
 * Pairs of pictures of known people: all, or, where that is more than `most` of a kind, so many of them drawn at random.
 *
 * @param labels whose each picture is.
 * @param columns by name, what is known of each picture.
 * @param options.most of each kind. Default 500,000.
 * @param options.seed the same draws the same pairs. Default 1.
 * @throws {ArcfaceError} INVALID_ARGUMENT where there are fewer than two people, or nobody has two pictures.
 */
export function pairsOfPictures(
  labels: ArrayLike<number>,
  columns: Readonly<Record<string, readonly (string | null)[]>>,
  { most = 500_000, seed = 1 }: { most?: number | undefined; seed?: number } = {},
): TestPairs {
  const byPerson = new Map<number, number[]>();
  for (let i = 0; i < labels.length; i++) {
    const own = byPerson.get(labels[i]!);
    if (own) own.push(i);
    else byPerson.set(labels[i]!, [i]);
  }
  const genuine = [...byPerson.values()].flatMap((own) =>
    own.flatMap((a, k) => own.slice(k + 1).map((b) => [a, b] as const)),
  );
  const impostors = (labels.length * (labels.length - 1)) / 2 - genuine.length;
  const got = `${byPerson.size} of ${labels.length} pictures`;
  if (genuine.length === 0 || impostors === 0)
    throw expected("people", "two people, one of them with two pictures, or more", got);
  const random = createRandom(seed);
  if (genuine.length > most) {
    for (let i = 0; i < most; i++) {
      const other = i + Math.floor(random.uniform() * (genuine.length - i));
      [genuine[i], genuine[other]] = [genuine[other]!, genuine[i]!];
    }
    genuine.length = most;
  }
  const chosen = impostors <= most ? allImpostors(labels) : someImpostors(labels, most, () => random.uniform());
  const pairs = [...genuine, ...chosen];
  return {
    a: Uint32Array.from(pairs, ([a]) => a),
    b: Uint32Array.from(pairs, ([, b]) => b),
    same: Uint8Array.from(pairs, (_, i) => Number(i < genuine.length)),
    fold: null,
    columns: Object.fromEntries(
      Object.entries(columns).map(([name, values]) => [
        name,
        pairs.map(([a, b]) => combined(values[a] ?? null, values[b] ?? null)),
      ]),
    ),
  };
}

function allImpostors(labels: ArrayLike<number>): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [];
  for (let a = 0; a < labels.length; a++) {
    for (let b = a + 1; b < labels.length; b++) if (labels[a] !== labels[b]) pairs.push([a, b]);
  }
  return pairs;
}

/** Each pair once at most. */
function someImpostors(labels: ArrayLike<number>, count: number, uniform: () => number): (readonly [number, number])[] {
  const n = labels.length;
  const seen = new Set<number>();
  const pairs: (readonly [number, number])[] = [];
  while (pairs.length < count) {
    const [x, y] = [Math.floor(uniform() * n), Math.floor(uniform() * n)];
    const [a, b] = x < y ? [x, y] : [y, x];
    if (labels[a] === labels[b] || seen.has(a * n + b)) continue;
    seen.add(a * n + b);
    pairs.push([a, b]);
  }
  return pairs;
}
