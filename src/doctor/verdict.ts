import type { Card } from "../zoo/cards/card.ts";
import { compareContracts, contractOf, type Disagreement } from "./card-contract.ts";
import { compareGraph } from "./compare-graph.ts";
import { type Contract, type ContractField, FIELDS, sameContract, sameField } from "./contract.ts";
import type { Measurement } from "./measurement.ts";

export type Verdict = {
  /** The card's own where that is one with what was found, else as it is usually written. */
  readonly contract: Contract;
  /**
   * How likely this contract is the right one of those tried: the share of bootstrap draws in which it is the best.
   * 0 where none of them makes the network work.
   */
  readonly confidence: number;
  /** The same of each field alone. */
  readonly certainty: Readonly<Record<ContractField, number>>;
  /** Fields that the faces do not decide. */
  readonly cannotTell: readonly ContractField[];
  /** `null` where there is no card, or it differs only in what cannot be told. */
  readonly cardAgrees: boolean | null;
  /** Fields that are wrong as surely as their certainty says, or by the graph's own word. */
  readonly disagreements: readonly Disagreement[];
};

/** From here a field is decided; a card is refuted where what it says is as unlikely as that is likely. */
const CERTAIN = 0.9;

/**
 * What a measurement says of a card. It costs nothing: one measurement judges any number of cards, though only those
 * contracts were tried that it knew of.
 *
 * @param card of the measured network; `null` where it has none.
 */
export function judgeCard(measurement: Measurement, card: Card | null): Verdict {
  const { standings, works } = measurement;
  const found = standings[0]!.contract;
  // Landmarks that a detector has not are none that its card could have in another order.
  const said = card && contractOf(card, found.alignment === "none" ? "none" : "arcface");
  /** How likely what a contract says of a field is right; `null` where nothing of the kind was tried. */
  const likelihood = (field: ContractField, contract: Contract): number | null => {
    const agreeing = standings.filter((standing) => sameField[field](standing.contract, contract));
    if (agreeing.length === 0) return null;
    return works
      ? Math.min(
          1,
          agreeing.reduce((sum, { share }) => sum + share, 0),
        )
      : 0;
  };
  const certainty = Object.fromEntries(FIELDS.map((field) => [field, likelihood(field, found)])) as Record<
    ContractField,
    number
  >;
  const differing = said ? FIELDS.filter((field) => !sameField[field](said, found)) : [];
  const refuted = differing.filter(
    (field) => works && (likelihood(field, said!) ?? 1 - certainty[field]) <= 1 - CERTAIN,
  );
  const disagreements = [
    ...(said ? compareContracts(refuted, said, found) : []),
    ...(card ? compareGraph(measurement, card) : []),
  ];
  const agrees = works && differing.length === 0 ? true : null;
  return {
    contract: said && sameContract(said, found) ? said : found,
    confidence: works ? standings[0]!.share : 0,
    certainty,
    cannotTell: FIELDS.filter((field) => certainty[field] < CERTAIN),
    cardAgrees: card === null ? null : disagreements.length > 0 ? false : agrees,
    disagreements,
  };
}
