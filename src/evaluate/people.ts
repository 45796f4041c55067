/** Pairs by the indices of what they compare: TestPairs, or the columns that an evaluation keeps. */
type LinkedPairs = {
  readonly a: ArrayLike<number>;
  readonly b: ArrayLike<number>;
  readonly same: ArrayLike<number | boolean>;
};

/**
 * Who each template is of, as numbers from 0: those of one name are one person, and so are the two of a pair that the set
 * calls one person, whatever their names.
 */
export function peopleOf(
  templates: readonly { readonly person: string | null }[],
  pairs: LinkedPairs | null,
): Uint32Array {
  const parent = Uint32Array.from(templates.keys());
  const root = (i: number): number => {
    while (parent[i] !== i) {
      parent[i] = parent[parent[i]!]!;
      i = parent[i]!;
    }
    return i;
  };
  const byName = new Map<string, number>();
  templates.forEach(({ person }, i) => {
    if (person === null) return;
    const first = byName.get(person);
    if (first === undefined) byName.set(person, i);
    else parent[root(i)] = root(first);
  });
  for (let i = 0; i < (pairs?.same.length ?? 0); i++) {
    if (pairs!.same[i]) parent[root(pairs!.a[i]!)] = root(pairs!.b[i]!);
  }
  const numbers = new Map<number, number>();
  return parent.map((_, i) => {
    const own = root(i);
    const number = numbers.get(own) ?? numbers.size;
    numbers.set(own, number);
    return number;
  });
}
