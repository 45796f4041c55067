import { ArcfaceError } from "../../errors.ts";
import type { NNArchive } from "../../nn-archive/nn-archive.ts";
import { runRefusal } from "../../nn-archive/run-refusal.ts";
import { decodeModel, describeModel } from "../../onnx/model.ts";
import { CARD_MEMBER } from "./archive-card.ts";
import { cardFromArchive, localSlug } from "./archive-card-read.ts";
import { graphProblems } from "./archive-check.ts";

export type Examined = {
  /** What is wrong, a sentence each. */
  readonly problems: readonly string[];
  /** What is right and still should be known. */
  readonly notes: readonly string[];
};

/** An archive whose config.json is in order: do the network and the card agree with it, and can it run here? */
export async function examineArchive(archive: NNArchive): Promise<Examined> {
  const config = archive.getConfig();
  const { path } = config.model.metadata;
  const refusal = runRefusal(archive);
  if (refusal) return { problems: [], notes: [`${refusal.message}; ${refusal.hint}`] };
  const graph = await attempt(() => graphProblems(config, describeModel(decodeModel(archive.model, path))));
  const problems = typeof graph === "string" ? [graph] : graph;
  const card = await attempt(() => cardFromArchive(archive, { slug: localSlug(archive) }));
  if (typeof card !== "string") return { problems, notes: [] };
  if (archive.files.has(CARD_MEMBER)) return { problems: [...problems, card], notes: [] };
  // The schema allows networks that are not ours to run.
  return { problems, notes: problems.length > 0 ? [] : [`to run it here, give a card (--card): ${card}`] };
}

/** The error's message where there is one. */
async function attempt<T>(run: () => T | Promise<T>): Promise<T | string> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ArcfaceError) return error.message;
    throw error;
  }
}
