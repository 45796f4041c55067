import type { Alignment } from "../image/crop-face.ts";
import { type ColorOrder, type Contract, sameContract } from "./contract.ts";
import type { Layout } from "./graph-facts.ts";
import { normalizationsOf } from "./normalizations.ts";
import { type Runner, race, type Standing } from "./race.ts";

/** What a contract may be made of. */
export type Space = {
  readonly colorOrders: readonly ColorOrder[];
  readonly layouts: readonly Layout[];
  readonly alignments: readonly Alignment[];
  /** Whole contracts to try besides: a card's own. */
  readonly also: readonly Contract[];
};

export type SearchOptions = {
  /** Samples of the looks that sort out what is far off, and of the rounds that decide between what is left. */
  readonly first: number;
  readonly rounds: readonly number[];
  /** A score that only a network reaches which is fed about as it was trained. */
  readonly clearly: number;
  readonly signal?: AbortSignal | undefined;
};

/** Normalisations that go on from the first look, and contracts that go on from the second. */
const KEPT = 3;

/**
 * Every likely contract, measured on as many samples as it takes to rank it: first all normalisations, then what is left
 * of them with all alignments, then what is left of those in all colour orders.
 *
 * @returns all that were measured, the likeliest first.
 */
export async function searchContracts(
  createRunner: (contract: Contract) => Runner,
  { colorOrders, layouts, alignments, also }: Space,
  { first, rounds, clearly, signal }: SearchOptions,
): Promise<Standing[]> {
  const runners: Runner[] = [];
  // One runner a contract: it remembers what it has measured.
  const runnersOf = (contracts: readonly Contract[]): Runner[] => {
    const wanted = contracts.map((contract) => {
      const known = runners.find((runner) => sameContract(runner.contract, contract));
      if (!known) runners.push(createRunner(contract));
      return known ?? runners.at(-1)!;
    });
    return [...new Set(wanted)];
  };
  const [colorOrder] = colorOrders as [ColorOrder];
  const [alignment] = alignments as [Alignment];
  const plain = layouts.flatMap((layout) =>
    normalizationsOf(colorOrder).map(({ mean, scale }) => ({ colorOrder, mean, scale, layout, alignment })),
  );
  const byNormalization = await race(runnersOf(plain), [first], { signal });
  // Where nothing is clear the crops may be what is wrong: then all normalisations go on.
  const isClear = byNormalization[0]!.score >= clearly;
  const going = isClear ? left(byNormalization) : byNormalization;
  const aligned = going.flatMap(({ contract }) => alignments.map((a) => ({ ...contract, alignment: a })));
  const byAlignment = await race(runnersOf([...aligned, ...also]), [first], { signal });
  const colored = left(byAlignment).flatMap(({ contract }) => colorOrders.map((order) => recolored(contract, order)));
  const last = await race(runnersOf([...colored, ...also]), rounds, { signal });

  const ranked = new Map<Runner, Standing>();
  const fallen = [...byAlignment, ...byNormalization].map((standing) => ({ ...standing, share: 0, isLeft: false }));
  for (const standing of [...last, ...fallen.sort((a, b) => b.score - a.score)]) {
    if (!ranked.has(standing.runner)) ranked.set(standing.runner, standing);
  }
  return [...ranked.values()];
}

function left(standings: readonly Standing[]): Standing[] {
  return standings.filter(({ isLeft }) => isLeft).slice(0, KEPT);
}

/** The same normalisation of each colour in the other order of channels. */
function recolored(contract: Contract, colorOrder: ColorOrder): Contract {
  if (contract.colorOrder === colorOrder) return contract;
  return { ...contract, colorOrder, mean: [...contract.mean].reverse(), scale: [...contract.scale].reverse() };
}
