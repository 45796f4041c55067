import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { ArcfaceError } from "../../errors.ts";
import { fileError } from "../../file-error.node.ts";
import { nearestSlugs, notASlug, parseSlug, SLUG_PATTERN } from "../slug.ts";
import { type Card, parseCard } from "./card.ts";

/** A card is a page of text; anything larger is something else. */
const MAX_CARD_BYTES = 1 << 20;

/** Cards by slug; read when asked for. */
export interface Catalog {
  /** @throws {ArcfaceError} NOT_FOUND with the nearest names; INVALID_ARGUMENT where it is no slug. */
  get(slug: string): Promise<Card>;
  list(): Promise<Card[]>;
}

/** The cards that come with the package: `zoo/`, beside src/ as beside dist/. */
export const SHIPPED_CARDS: string = fileURLToPath(new URL("../../../zoo/", import.meta.url));

/**
 * A folder of cards, one file each, at the path its slug says: `team/model.yaml`, `team/model@variant.yaml`.
 *
 * @param extra cards that win over the folder's where a slug is the same.
 */
export function openCatalog(folder: string = SHIPPED_CARDS, extra: readonly Card[] = []): Catalog {
  const slugs = async (): Promise<string[]> => {
    const files = await readdir(folder, { recursive: true }).catch((error) => {
      throw fileError(error, "zoo", `reading the cards in ${folder}`);
    });
    const shipped = files.filter((file) => file.endsWith(".yaml")).map(slugOf);
    return [...new Set([...shipped, ...extra.map(({ slug }) => slug)])].sort();
  };
  const get = async (slug: string): Promise<Card> => {
    const given = extra.find((card) => card.slug === slug);
    if (given) return given;
    const net = slug.includes("/") ? null : await ofNet(slug);
    if (net) return net;
    if (!SLUG_PATTERN.test(slug)) {
      const near = nearestSlugs(slug, [...(await slugs()), ...(await netNames())]);
      throw notASlug(slug, near.length > 0 ? didYouMean(near) : undefined);
    }
    const path = join(folder, cardFile(slug));
    const card = await readCard(path).catch(async (error) => {
      if (!(error instanceof ArcfaceError && error.code === "NOT_FOUND")) throw error;
      const net = await ofNet(slug);
      if (net) return net;
      const near = nearestSlugs(slug, await slugs());
      throw new ArcfaceError("NOT_FOUND", `zoo: no model is called ${slug}`, {
        hint: near.length > 0 ? didYouMean(near) : "`arcface models list` shows what there is",
        cause: error,
      });
    });
    if (card.slug !== slug)
      throw new ArcfaceError("UNSUPPORTED_FORMAT", `${path}: expected slug ${slug}, got ${card.slug}`);
    return card;
  };
  return { get, list: async () => Promise.all((await slugs()).map(get)) };
}

const didYouMean = (near: readonly string[]): string => `did you mean ${near.join(" or ")}?`;

/** Building networks takes modules that a warm cache never needs. */
async function ofNet(slug: string): Promise<Card | null> {
  return (await import("./net-card.ts")).netCard(slug);
}

async function netNames(): Promise<readonly string[]> {
  return Object.keys((await import("../../nets/registry.ts")).NETS);
}

/** Where a folder of cards keeps the card of a slug. A colon would not do in a file's name on Windows. */
export function cardFile(slug: string): string {
  const { team, model, variant } = parseSlug(slug);
  return `${team}/${model}${variant === null ? "" : `@${variant}`}.yaml`;
}

function slugOf(file: string): string {
  return file
    .replaceAll("\\", "/")
    .replace(/\.yaml$/, "")
    .replace("@", ":");
}

/**
 * Read a card; JSON will do too, being YAML. A `path` in it is relative to the card, and absolute in the answer.
 *
 * @throws {ArcfaceError} NOT_FOUND, IO, TOO_LARGE, UNSUPPORTED_FORMAT.
 */
export async function readCard(path: string): Promise<Card> {
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > MAX_CARD_BYTES) throw new ArcfaceError("TOO_LARGE", `${path}: ${size} bytes is no model card`);
    text = await readFile(path, "utf8");
  } catch (error) {
    throw fileError(error, path, "reading a model card");
  }
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    const [reason] = (cause as Error).message.split("\n");
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${path}: not YAML: ${reason}`, { cause });
  }
  const card = parseCard(value, path);
  if (!card.model || !("path" in card.model.source)) return card;
  return { ...card, model: { ...card.model, source: { path: resolve(dirname(path), card.model.source.path) } } };
}
