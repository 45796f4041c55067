import { readFile, stat } from "node:fs/promises";
import { basename, isAbsolute, join, resolve } from "node:path";
import { ArcfaceError, throwIfCancelled } from "../../errors.ts";
import { fileError } from "../../file-error.node.ts";
import { asBytes, sha256 } from "../cache/cache.node.ts";
import type { Card } from "../cards/card.ts";
import { cardFile, readCard } from "../cards/cards.node.ts";
import { SLUG_PATTERN } from "../slug.ts";
import type { FoundModel, ModelQuery, ReceiveOptions, ZooSource } from "../source.ts";
import { fileNameOf } from "./card-file.ts";
import { entryOf, indexedCard, MAX_INDEX_BYTES, parseIndex } from "./model-index.ts";
import type { CardWithModel } from "./pack.ts";

const ARCHIVE_ENDINGS = [".tar.xz", ".tar.gz", ".tar.bz2", ".tar"];

export type FolderOptions = {
  /** Fetches what a card in the folder names that lies elsewhere. */
  readonly fetchCard?: (card: CardWithModel, options: ReceiveOptions) => Promise<Uint8Array<ArrayBuffer>>;
};

/**
 * A folder on disk: an `index.json` (see model-index.ts) with paths in it, NN archives named
 * `team/model@variant.PLATFORM.tar.xz` or `team/model@variant.tar.xz`, cards as `team/model@variant.yaml`; the first
 * that knows the model answers. A card beside an archive tells what the archive cannot.
 */
export function createFolderSource(folder: string, { fetchCard }: FolderOptions = {}): ZooSource {
  const root = resolve(folder);

  const indexed = async (query: ModelQuery): Promise<FoundModel | null> => {
    const where = join(root, "index.json");
    const text = await readIndex(where);
    const entry = text === null ? null : entryOf(parseIndex(new TextDecoder().decode(text), where), query, where);
    if (entry === null) return null;
    const file = entry.files.find((one) => !URL.canParse(one));
    const path = file === undefined ? null : resolve(root, file);
    if (path === null || !path.startsWith(join(root, "/")) || isAbsolute(file!))
      throw new ArcfaceError(
        "UNSUPPORTED_FORMAT",
        `${where}: ${query.slug}: expected a path in this folder, got ${entry.files.join(", ")}`,
      );
    return fileModel(path, indexedCard(query.slug, entry, { path }, where), entry);
  };

  // A revision of a hub's model (`team/model:variant:ref`) has no place here.
  const hasPlace = ({ slug }: ModelQuery): boolean => SLUG_PATTERN.test(slug);

  const archived = async (query: ModelQuery, card: Card | null): Promise<FoundModel | null> => {
    const stem = cardFile(query.slug).replace(/\.yaml$/, "");
    const names = [`${stem}.${query.platform}`, stem].flatMap((start) =>
      ARCHIVE_ENDINGS.map((end) => `${start}${end}`),
    );
    for (const name of names) {
      const path = join(root, name);
      if (await isFile(path)) return fileModel(path, card, null);
    }
    return null;
  };

  const carded = async (query: ModelQuery): Promise<Card | null> => {
    const path = join(root, cardFile(query.slug));
    if (!(await isFile(path))) return null;
    const card = await readCard(path);
    if (card.slug === query.slug) return card;
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${path}: expected slug ${query.slug}, got ${card.slug}`);
  };

  return {
    name: root,
    async find(query) {
      if (!(await isFolder(root)))
        throw new ArcfaceError("NOT_FOUND", `${root}: there is no such folder of models`, {
          hint: "ARCFACE_SOURCES and --source name folders and addresses where models are looked for",
        });
      const found = await indexed(query);
      if (found || !hasPlace(query)) return found;
      const card = await carded(query);
      const archive = await archived(query, card);
      if (archive || !card?.model) return archive;
      const withModel = card as CardWithModel;
      const { source, ...pins } = card.model;
      if ("path" in source) return fileModel(source.path, card, pins);
      if (!fetchCard) return null;
      return {
        ...pinsOf(pins),
        fileName: fileNameOf(withModel),
        card,
        fetch: (options = {}) => fetchCard(withModel, options),
      };
    },
  };
}

type Pins = { readonly sha256?: string | undefined; readonly byteLength?: number | undefined };

function pinsOf(pins: Pins | null): { sha256: string | null; byteLength: number | null } {
  return { sha256: pins?.sha256 ?? null, byteLength: pins?.byteLength ?? null };
}

function fileModel(path: string, card: Card | null, pins: Pins | null): FoundModel {
  const known = pinsOf(pins);
  return {
    ...known,
    fileName: basename(path),
    card,
    async fetch({ onProgress, signal } = {}) {
      throwIfCancelled(signal, path);
      const bytes = await readFile(path).then(asBytes, (error) => {
        throw fileError(error, path, "reading a model");
      });
      throwIfCancelled(signal, path);
      const actual = sha256(bytes);
      if (known.sha256 !== null && actual !== known.sha256)
        throw new ArcfaceError("INTEGRITY", `${path}: expected sha256 ${known.sha256}, got ${actual}`);
      onProgress?.(bytes.length, bytes.length);
      return bytes;
    },
  };
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() === true;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() === true;
}

async function readIndex(path: string): Promise<Uint8Array | null> {
  if (!(await isFile(path))) return null;
  const bytes = await readFile(path);
  if (bytes.length > MAX_INDEX_BYTES)
    throw new ArcfaceError("TOO_LARGE", `${path}: ${bytes.length} bytes are no index of models`);
  return bytes;
}
