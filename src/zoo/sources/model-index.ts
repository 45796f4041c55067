import * as z from "zod";
import { ArcfaceError } from "../../errors.ts";
import { type Card, parseCard } from "../cards/card.ts";
import type { ModelQuery } from "../source.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "expected 64 lower-case hex digits");

const entrySchema = z.strictObject({
  sha256,
  /** Of the file as published, where this one is what it became in a model cache: what embeddings are known by. */
  preparedFrom: sha256.optional(),
  byteLength: z
    .number()
    .int()
    .positive()
    .max(2 ** 31),
  /** The same bytes at several places: addresses, or paths from where the index lies. */
  files: z.array(z.string().min(1)).min(1),
  /** The contract, where the file is a bare network, or what its NN archive cannot say. */
  card: z.record(z.string(), z.unknown()).optional(),
});

export type IndexEntry = z.infer<typeof entrySchema>;

/** A detector made of other models: it has stages, and no file. */
const stagedSchema = z.strictObject({ card: z.looseObject({ stages: z.record(z.string(), z.string()) }) });

const isStaged = (entry: unknown): boolean => stagedSchema.safeParse(entry).success;

/** Tens of thousands of models would not fill it. */
export const MAX_INDEX_BYTES: number = 16 << 20;

/**
 * What an `index.json` says: an entry by each `team/model:variant@PLATFORM`, or `team/model:variant` where the file
 * serves all platforms. Entries are looked at when they are asked for, so that a wrong one spoils no other.
 *
 * @param where what errors call it.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT
 */
export function parseIndex(text: string, where: string): Readonly<Record<string, unknown>> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch (cause) {
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: expected models by their names, as a JSON object`, {
      cause,
    });
  }
}

/**
 * The entry of a model for a platform, else the one for all; `null` where there is none, or it has no file.
 *
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where it is wrong.
 */
export function entryOf(
  index: Readonly<Record<string, unknown>>,
  { slug, platform }: ModelQuery,
  where: string,
): IndexEntry | null {
  const key = keyOf(index, { slug, platform });
  if (key === null || isStaged(index[key])) return null;
  const parsed = entrySchema.safeParse(index[key]);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "entry"}: ${message}`);
  throw new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: ${key}: ${problems.join("; ")}`);
}

/** The card of a model made of others; `null` where it is none. @throws {ArcfaceError} UNSUPPORTED_FORMAT */
export function stagedCard(index: Readonly<Record<string, unknown>>, query: ModelQuery, where: string): Card | null {
  const key = keyOf(index, query);
  const staged = key === null ? null : stagedSchema.safeParse(index[key]);
  return staged?.success ? parseCard({ slug: query.slug, ...staged.data.card }, `${where}: ${query.slug}`) : null;
}

function keyOf(index: Readonly<Record<string, unknown>>, { slug, platform }: ModelQuery): string | null {
  return [`${slug}@${platform}`, slug].find((name) => Object.hasOwn(index, name)) ?? null;
}

/**
 * The card of an entry, which need not repeat what the entry says: slug, source, sha256 and size of the file.
 *
 * @param source where the file is, as cards say it.
 */
export function indexedCard(slug: string, entry: IndexEntry, source: object, where: string): Card | null {
  if (entry.card === undefined) return null;
  const { sha256, byteLength } = entry;
  const { model } = entry.card;
  const filled = typeof model === "object" && model !== null ? { model: { ...model, source, sha256, byteLength } } : {};
  return parseCard({ slug, ...entry.card, ...filled }, `${where}: ${slug}`);
}
