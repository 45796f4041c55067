import { writeWhole } from "../bytes/write-whole.node.ts";
import type { CalibratedThreshold, FolderCalibration } from "../calibrate/folder-calibration.ts";
import { fileError } from "../file-error.node.ts";
import { cardText } from "../zoo/archive/archive-card.ts";
import { type CardOf, parseCard } from "../zoo/cards/card.ts";

/**
 * Write a recogniser's card with what was measured of one's own people in place of its thresholds: the same network, fed the
 * same way, so that its templates go on comparing.
 *
 * @param measuredOn what the card calls the people: the folder, and how many.
 * @throws {ArcfaceError} NO_SPACE, IO.
 */
export async function writeCalibratedCard(
  path: string,
  card: CardOf<"recognizer">,
  { thresholds, probability }: Pick<FolderCalibration, "thresholds" | "probability">,
  measuredOn: string,
): Promise<void> {
  const { probability: _, ...rest } = card;
  const calibrated = parseCard(
    {
      ...rest,
      thresholds: defaultFirst(thresholds).map(({ falseAcceptRate, threshold }) => ({
        falseAcceptRate,
        threshold,
        measuredOn,
      })),
      ...(probability && { probability: { ...probability.map, measuredOn } }),
    },
    path,
  );
  await writeWhole(path, cardText(calibrated)).catch((error: unknown) => {
    throw fileError(error, path, "writing the card");
  });
}

/** The first is the default decision: 1e-4 as in the cards that ship, else the rarest rate that the pairs tell well. */
function defaultFirst(thresholds: readonly CalibratedThreshold[]): CalibratedThreshold[] {
  const told = thresholds.filter(({ support }) => support === "yes");
  const rarest = [...(told.length > 0 ? told : thresholds)].sort((a, b) => a.falseAcceptRate - b.falseAcceptRate)[0];
  const first = told.find(({ falseAcceptRate }) => falseAcceptRate === 1e-4) ?? rarest;
  return first ? [first, ...thresholds.filter((threshold) => threshold !== first)] : [];
}
