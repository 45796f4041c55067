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

/** From here a field is decided. */
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
  const said = card && contractOf(card);
  // Shares of the contracts that agree with the found one in the field.
  const certainty = Object.fromEntries(
    FIELDS.map((field) => {
      const agreeing = standings.filter(({ contract }) => sameField[field](contract, found));
      return [
        field,
        works
          ? Math.min(
              1,
              agreeing.reduce((sum, { share }) => sum + share, 0),
            )
          : 0,
      ];
    }),
  ) as Record<ContractField, number>;
  const isDecided = (field: ContractField): boolean => certainty[field] >= CERTAIN;
  const differing = said ? FIELDS.filter((field) => !sameField[field](said, found)) : [];
  const disagreements = [
    ...(said ? compareContracts(differing.filter(isDecided), said, found) : []),
    ...(card ? compareGraph(measurement, card) : []),
  ];
  const agrees = works && differing.length === 0 ? true : null;
  return {
    contract: said && sameContract(said, found) ? said : found,
    confidence: works ? standings[0]!.share : 0,
    certainty,
    cannotTell: FIELDS.filter((field) => !isDecided(field)),
    cardAgrees: card === null ? null : disagreements.length > 0 ? false : agrees,
    disagreements,
  };
}
