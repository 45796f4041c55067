import { z } from "zod";
import { ArcfaceError } from "../../errors.ts";
import { type Card, parseCard } from "../cards/card.ts";
import type { ModelQuery } from "../source.ts";

const entrySchema = z.strictObject({
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "expected 64 lower-case hex digits"),
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
 * The entry of a model for a platform, else the one for all.
 *
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where it is wrong.
 */
export function entryOf(
  index: Readonly<Record<string, unknown>>,
  { slug, platform }: ModelQuery,
  where: string,
): IndexEntry | null {
  const key = [`${slug}@${platform}`, slug].find((name) => Object.hasOwn(index, name));
  if (key === undefined) return null;
  const parsed = entrySchema.safeParse(index[key]);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "entry"}: ${message}`);
  throw new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: ${key}: ${problems.join("; ")}`);
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
