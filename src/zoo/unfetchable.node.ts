import { ArcfaceError } from "../errors.ts";
import { type CardWithModel, cacheId, type ZooContext } from "./context.node.ts";

/**
 * Say why a model cannot be fetched, where it is not in the cache as published either.
 *
 * @throws {ArcfaceError} NOT_FOUND where its card pins no sha256; NETWORK where the network is not to be used;
 *   INTEGRITY for both where what the cache holds is damaged.
 */
export async function refuseUnfetchable(zoo: ZooContext, card: CardWithModel): Promise<void> {
  const id = await cacheId(zoo, card);
  const cached = id === null ? null : await zoo.cache.read(id, zoo.prepareVersion);
  if (cached?.state === "unprepared" || cached?.state === "ready") return;
  const damage = cached?.state === "damaged" ? cached.problem : null;
  const why =
    damage === null ? `is not in the model cache (${zoo.cache.folder})` : `is damaged in the model cache: ${damage}`;
  const byHand = fetchByHand(card);
  if (byHand !== null && card.model.sha256 === undefined) {
    throw new ArcfaceError(
      damage === null ? "NOT_FOUND" : "INTEGRITY",
      `zoo: ${card.slug} ${why} and is not fetched by itself, as its card pins no sha256`,
      { hint: byHand },
    );
  }
  if (!zoo.offline) {
    if (damage !== null) zoo.onNotice?.(`${card.slug} ${why}; it is fetched again`);
    return;
  }
  throw new ArcfaceError(
    damage === null ? "NETWORK" : "INTEGRITY",
    `zoo: ${card.slug} ${why}, and the network is not to be used`,
    {
      hint:
        `unset ARCFACE_OFFLINE, or run \`arcface models pull ${card.slug}\` where there is a network and bring it here ` +
        `with \`arcface models bundle\` and \`unbundle\`, or as that cache folder, named by ARCFACE_CACHE` +
        (byHand === null ? "" : `; or ${byHand}`),
    },
  );
}

/** A fetch that failed for want of a network, with the way by hand where there is one. */
export function withWayByHand(card: CardWithModel, error: unknown): unknown {
  const byHand = fetchByHand(card);
  if (!(error instanceof ArcfaceError) || error.code !== "NETWORK" || byHand === null) return error;
  return new ArcfaceError("NETWORK", error.message, { hint: `${error.hint}; or ${byHand}`, cause: error.cause });
}

/** For a file that lies at an address: what a person does who has a browser. */
function fetchByHand({ slug, licence, model: { source } }: CardWithModel): string | null {
  if (!("url" in source)) return null;
  const entry = source.entry === undefined ? "" : `, take ${source.entry} out of it`;
  return (
    `download ${source.url}${entry} (licence: ${licence.name}), and either run ` +
    `\`arcface models add ${slug} FILE\` once or give \`--model FILE --card ${slug}\` each time`
  );
}
