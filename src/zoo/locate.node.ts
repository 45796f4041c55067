import { ArcfaceError } from "../errors.ts";
import { isAskable, withoutRef } from "./askable.ts";
import type { Card } from "./cards/card.ts";
import { hasModel, type ZooContext } from "./context.node.ts";
import type { FoundModel, ZooSource } from "./source.ts";

/** A model that was asked for, or a stage of one. */
export type Located = {
  /** As it was asked for. */
  readonly slug: string;
  /** What somebody named: itself, or what it is a stage of. */
  readonly asked: string;
  /** `null` where only its NN archive will tell. */
  readonly card: Card | null;
  /** Where it was found, where no card here knows it. */
  readonly found: {
    readonly model: FoundModel;
    readonly source: string;
    /** Of the hub's model whose version was asked for by a ref: what its licence is, and all else a file cannot say. */
    readonly about?: Card | null;
  } | null;
  /** A file of one's own, which stays where it is. */
  readonly ownFile: string | null;
};

type Options = { readonly signal?: AbortSignal | undefined };

/**
 * What is wanted, then the stages of it, each once: out of the cards here, else the sources, else the hub.
 *
 * @throws {ArcfaceError} NOT_FOUND with the nearest names; INVALID_ARGUMENT where it is no slug; NETWORK where a source
 *   cannot tell.
 */
export async function locate(
  zoo: ZooContext,
  wanted: readonly (string | Card)[],
  options: Options = {},
): Promise<Located[]> {
  const located = new Map<string, Located>();
  const queue = wanted.map((model) => ({ model, asked: typeof model === "string" ? model : model.slug }));
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { model, asked } = next;
    const slug = typeof model === "string" ? model : model.slug;
    if (located.has(slug)) continue;
    const one = typeof model === "string" ? await locateOne(zoo, slug, asked, options) : given(model, asked);
    located.set(slug, one);
    if (one.card?.kind !== "detector") continue;
    for (const stage of Object.values(one.card.stages ?? {})) queue.push({ model: stage, asked });
  }
  return [...located.values()];
}

function given(card: Card, asked: string): Located {
  const ownFile = hasModel(card) && "path" in card.model.source ? card.model.source.path : null;
  return { slug: card.slug, asked, card, found: null, ownFile };
}

async function locateOne(zoo: ZooContext, slug: string, asked: string, options: Options): Promise<Located> {
  try {
    const card = await zoo.catalog.get(slug);
    // What came from elsewhere lies in the cache, also where a folder had it.
    return (await zoo.adopted.get(slug, zoo.platform))
      ? { ...given(card, asked), slug, ownFile: null }
      : { ...given(card, asked), slug };
  } catch (error) {
    if (!isUnknown(error) || !isAskable(slug)) throw error;
    // A name with a ref is none of a card here, and may be one elsewhere.
    const unknown = error.code === "NOT_FOUND" ? error : notFound(slug, "`arcface models list` shows what there is");
    const found = await findElsewhere(zoo, slug, unknown, options);
    if (found !== null) {
      const about = found.source === zoo.hubOf()?.name ? await cardWithoutRef(zoo, slug) : null;
      return { slug, asked, card: found.model.card, found: { ...found, about }, ownFile: null };
    }
    const others = zoo.sources.some(({ isLocal }) => !isLocal) || (await mayAskHub(zoo, slug));
    if (!zoo.offline || !others) throw unknown;
    throw notFound(slug, "the network is not to be used, so nobody else was asked: unset ARCFACE_OFFLINE");
  }
}

/** The shipped card of a hub's model, for a name that adds a ref to it; `null` where there is none. */
async function cardWithoutRef(zoo: ZooContext, slug: string): Promise<Card | null> {
  const name = withoutRef(slug);
  if (name === slug) return null;
  const card = (await zoo.shipped.list()).find((one) => one.slug === name);
  const source = card?.model?.source;
  return card && source && "hub" in source && source.hub.slug === name ? card : null;
}

function notFound(slug: string, hint: string): ArcfaceError {
  return new ArcfaceError("NOT_FOUND", `zoo: no model is called ${slug}`, { hint });
}

/**
 * A model that no card here names, in the sources and the hub.
 *
 * @param unknown what to say where it is nowhere.
 */
export async function findElsewhere(
  zoo: ZooContext,
  slug: string,
  unknown: ArcfaceError,
  { signal }: Options,
): Promise<Located["found"]> {
  const problems: ArcfaceError[] = [];
  for (const source of await placesFor(zoo, slug)) {
    try {
      const model = await source.find({ slug, platform: zoo.platform }, { signal });
      if (model === null) continue;
      for (const { message } of problems) zoo.onNotice?.(`${message}; ${source.name} has ${slug}`);
      return { model, source: source.name };
    } catch (error) {
      if (!(error instanceof ArcfaceError) || error.code === "CANCELLED") throw error;
      problems.push(error);
    }
  }
  const [first] = problems;
  if (first === undefined) return null;
  throw new ArcfaceError(first.code, `${unknown.message}, and not everybody could be asked: ${first.message}`, {
    hint: unknown.hint?.startsWith("did you mean") ? unknown.hint : first.hint,
    cause: first,
  });
}

async function placesFor(zoo: ZooContext, slug: string): Promise<ZooSource[]> {
  const sources = zoo.sources.filter(({ isLocal }) => isLocal || !zoo.offline).map(({ source }) => source);
  const hub = zoo.hubOf();
  return hub === null || zoo.offline || !(await mayAskHub(zoo, slug)) ? sources : [...sources, hub];
}

/** A misspelt name of ours is not told to the world. */
async function mayAskHub(zoo: ZooContext, slug: string): Promise<boolean> {
  const [team] = slug.split("/");
  if (zoo.hubOf() === null || !slug.includes(":")) return false;
  const ours = (await zoo.shipped.list()).some(
    (card) => card.slug.split("/")[0] === team && !(card.model && "hub" in card.model.source),
  );
  return !ours;
}

function isUnknown(error: unknown): error is ArcfaceError {
  return error instanceof ArcfaceError && (error.code === "NOT_FOUND" || error.code === "INVALID_ARGUMENT");
}
