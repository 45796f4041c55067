import { setImmediate } from "node:timers/promises";
import { ArcfaceError, throwIfCancelled } from "../errors.ts";
import { sha256 } from "./cache/cache.node.ts";
import type { Card } from "./cards/card.ts";
import { gate } from "./cards/gate.node.ts";
import { refuseUnknownLicence } from "./cards/licence-gate.ts";
import { type CardWithModel, hasModel, locked, type ZooContext, type ZooModel } from "./context.node.ts";
import { fetchCardFile } from "./fetch-card.node.ts";
import { fetchGroups } from "./fetch-group.node.ts";
import { adopt, keep, preparePublished, readyModel } from "./keep.node.ts";
import { findElsewhere, type Located, locate } from "./locate.node.ts";
import { ownModel } from "./own-file.node.ts";
import type { ReceiveOptions } from "./source.ts";
import { fileNameOf } from "./sources/card-file.ts";
import { netFile } from "./sources/net.ts";
import type { Pack } from "./sources/pack.ts";
import { refuseUnfetchable } from "./unfetchable.node.ts";

type Options = { readonly signal?: AbortSignal | undefined };

/**
 * Models by name, ready to run; what is not in the cache is fetched, each tarball and zip once.
 *
 * @param wanted slugs, or cards themselves (see loadLocalCard).
 * @returns by slug, as it was asked for: what was wanted, and the stages these are made of.
 * @throws {ArcfaceError} NOT_FOUND, LICENCE, NETWORK, INTEGRITY, UNSUPPORTED_FORMAT, MODEL_MISMATCH, NO_SPACE, IO,
 *   CANCELLED.
 */
export async function ensureModels(
  zoo: ZooContext,
  wanted: readonly (string | Card)[],
  { signal }: Options = {},
): Promise<Map<string, ZooModel>> {
  const located = await locate(zoo, wanted, { signal });
  for (const { slug, asked, card, found } of located) {
    const known = card ?? found?.about;
    if (known) await gate(zoo, known, asked);
    else if (zoo.commercial) refuseUnknownLicence(slug, found!.source);
  }
  const models = new Map<string, ZooModel>();
  const missing: Located[] = [];
  for (const one of located) {
    throwIfCancelled(signal, "zoo");
    const ready = await readyNow(zoo, one, signal);
    if (ready) models.set(one.slug, ready);
    else missing.push(one);
  }
  if (missing.length > 0) for (const [slug, model] of await fill(zoo, missing, signal)) models.set(slug, model);
  return models;
}

/** What needs neither fetching nor the right to write. */
async function readyNow(zoo: ZooContext, { card, ownFile }: Located, signal: AbortSignal | undefined) {
  if (card === null) return null;
  if (!hasModel(card)) return { card, model: null, sha256: null, path: null, notes: [] };
  if (ownFile !== null) return ownModel(zoo, card, ownFile, signal);
  if ("net" in card.model.source) {
    const model = netFile(card.model.source.net);
    // Seconds in one go: a Ctrl-C meanwhile is heard now.
    await setImmediate();
    throwIfCancelled(signal, card.slug);
    return { card, model, sha256: sha256(model), path: null, notes: ["random weights of seed 0"] };
  }
  return readyModel(zoo, card);
}

/** Make the missing ones ready: prepare what is there, fetch the rest. */
async function fill(
  zoo: ZooContext,
  missing: readonly Located[],
  signal?: AbortSignal,
): Promise<Map<string, ZooModel>> {
  // What cannot be had is said before anything is waited for or fetched.
  for (const { card } of missing) if (card && hasModel(card)) await refuseUnfetchable(zoo, card);
  const run = async () => {
    await zoo.cache.sweep();
    const models = new Map<string, ZooModel>();
    const absent: Located[] = [];
    for (const one of missing) {
      // Another process may have been faster.
      const card = (await zoo.adopted.get(one.slug, zoo.platform)) ? await zoo.catalog.get(one.slug) : one.card;
      const model =
        card && hasModel(card) ? ((await readyModel(zoo, card)) ?? (await preparePublished(zoo, card))) : null;
      if (model) models.set(one.slug, model);
      else absent.push({ ...one, card });
    }
    for (const { card } of absent) if (card) zoo.onLicence?.(card);
    const packed = absent.filter(isPacked(zoo)).map(({ card }) => card);
    const receivingPack = ({ name }: Pack) => receiving(zoo, name, signal);
    for await (const { card, bytes, companion } of fetchGroups(zoo, packed, receivingPack)) {
      throwIfCancelled(signal, "zoo");
      if (companion) await zoo.cache.put(sha256(bytes), { name: fileNameOf(card), published: bytes });
      else models.set(card.slug, await keep(zoo, card, bytes));
    }
    for (const one of absent) if (!models.has(one.slug)) models.set(one.slug, await receive(zoo, one, signal));
    return models;
  };
  return locked(zoo, missing.map(({ slug }) => slug).join(", "), run, signal);
}

type Packed = Located & { readonly card: CardWithModel };

function isPacked(zoo: ZooContext): (one: Located) => one is Packed {
  return (one): one is Packed =>
    one.found === null && one.card !== null && hasModel(one.card) && zoo.placeOf(one.card) !== null;
}

/** What comes alone: from a source, or the hub. */
async function receive(zoo: ZooContext, one: Located, signal: AbortSignal | undefined): Promise<ZooModel> {
  const options = receiving(zoo, one.slug, signal);
  const card = one.card && hasModel(one.card) ? one.card : null;
  // A card out of the cache whose file is gone from it: who had it is asked again.
  const found = one.found ?? (card && "path" in card.model.source ? await findAgain(zoo, one, signal) : null);
  if (found)
    return adopt(zoo, one, await found.model.fetch(options), { name: found.model.fileName, source: found.source });
  const bytes = await fetchCardFile(zoo, card!, options);
  return adopt(zoo, one, bytes, { name: fileNameOf(card!), source: zoo.hubOf()?.name ?? "zoo" });
}

async function findAgain(zoo: ZooContext, { slug }: Located, signal: AbortSignal | undefined) {
  const gone = new ArcfaceError("NOT_FOUND", `zoo: ${slug} is not in the model cache, and no source has it`);
  const found = await findElsewhere(zoo, slug, gone, { signal });
  if (found === null) throw gone;
  return found;
}

function receiving(zoo: ZooContext, name: string, signal: AbortSignal | undefined): ReceiveOptions {
  return {
    signal,
    onProgress: (receivedBytes, totalBytes) =>
      zoo.onProgress?.({ phase: "download", name, receivedBytes, totalBytes: totalBytes ?? 0 }),
  };
}
