import { sha256Hex } from "../../bytes/sha256.ts";
import { stopWith } from "../../bytes/stream.ts";
import { ArcfaceError } from "../../errors.ts";
import { fetchBytes } from "../../host/fetch.web.ts";
import type { Card } from "../cards/card.ts";
import { passCommercially } from "../cards/licence-gate.ts";
import type { Platform } from "../platform.ts";
import { entryOf, type IndexEntry, indexedCard, stagedCard } from "../sources/model-index.ts";
import { addressOf, type Index, readFolderIndex } from "./folder-index.web.ts";
import { KEEP_NOTHING, type KeptFiles, openKeptFiles } from "./kept-files.web.ts";

export type ModelProgress = {
  /** The model's slug, or `onnxruntime-web` and a file of it. */
  readonly name: string;
  readonly receivedBytes: number;
  readonly totalBytes: number;
};

export type ModelFolderOptions = {
  /** Which of a model's files, where there are several. Default `wasm`. */
  readonly platform?: Platform;
  /** Refuse what its licence does not allow commercially. Default false. */
  readonly commercial?: boolean;
  /** Keep files in Cache Storage, for later visits and without a network. Default true. */
  readonly keep?: boolean;
  readonly onProgress?: (progress: ModelProgress) => void;
};

type Options = { readonly signal?: AbortSignal | undefined };

/** A card and its file: as recognition takes them. */
export type FolderModel = { readonly card: Card; readonly model: Uint8Array | null; readonly sha256: string | null };

type Described = { readonly card: Card; readonly entry: IndexEntry | null };

/** A folder that `arcface models copy` made, as a page sees it. */
export interface ModelFolder {
  /** Its address, with a slash at the end. */
  readonly address: string;
  /**
   * Models and the stages they are made of, by slug. Cards given as such are those of models that the folder has.
   *
   * @throws {ArcfaceError} NOT_FOUND, NETWORK, INTEGRITY, LICENCE, NO_SPACE, UNSUPPORTED_FORMAT, MISSING_TOOL, CANCELLED.
   */
  ensure(wanted: readonly (string | Card)[], options?: Options): Promise<ReadonlyMap<string, FolderModel>>;
  /** Another file of the index, by its name there: `onnxruntime-web@1.30.0/…`. @throws {ArcfaceError} as ensure. */
  file(name: string, options?: Options): Promise<Uint8Array>;
}

/**
 * Models out of a folder on the page's own server. Its `index.json` is asked for each time, and the one that is kept
 * stands in where the server cannot be reached; files come from Cache Storage, else from the server, checked against the
 * sha256 of the index either way. Files at other origins are not fetched, whatever an index says.
 *
 * @param address from the page on: `/models/`.
 */
export function openModelFolder(address: string, options: ModelFolderOptions = {}): ModelFolder {
  const { platform = "wasm", commercial = false, onProgress } = options;
  const folder = new URL(address.endsWith("/") ? address : `${address}/`, globalThis.location.href).href;
  const where = `${folder}index.json`;
  let opening: Promise<KeptFiles> | null = null;
  const open = () => {
    opening ??= options.keep === false ? Promise.resolve(KEEP_NOTHING) : openKeptFiles(folder);
    return opening;
  };

  const fetchEntry = async (name: string, entry: IndexEntry, kept: KeptFiles, signal?: AbortSignal) => {
    const { sha256: id, byteLength } = entry;
    const before = await kept.read(id);
    if (before) return before;
    const bytes = await fetchBytes(addressOf(entry, folder, where), {
      cache: "no-store", // Cache Storage keeps it, and once is enough
      stay: true,
      maxByteLength: byteLength,
      signal,
      onProgress: (receivedBytes) => onProgress?.({ name, receivedBytes, totalBytes: byteLength }),
    }).catch((error: ArcfaceError) => {
      throw error.code === "TOO_LARGE" ? changed(name, entry, `more than ${byteLength} bytes`) : error;
    });
    const actual = await sha256Hex(bytes);
    if (actual !== id) throw changed(name, entry, `sha256 ${actual}`);
    await kept.keep(id, bytes);
    return bytes;
  };

  const describe = (index: Index, slug: string) => {
    const query = { slug, platform };
    const entry = entryOf(index, query, where);
    const card = entry
      ? indexedCard(slug, entry, { url: addressOf(entry, folder, where) }, where)
      : stagedCard(index, query, where);
    if (card) return { card, entry };
    throw new ArcfaceError("NOT_FOUND", `${where}: there is no ${slug} in this folder of models`, {
      hint: `\`arcface models copy DIR ${slug}\` puts it there`,
    });
  };

  return {
    address: folder,
    async ensure(wanted, { signal } = {}) {
      demandSecureContext();
      const kept = await open();
      const { index, keep } = await readFolderIndex(where, kept, signal);
      const described = new Map<string, Described>();
      const add = (model: string | Card, asked: string): Card => {
        const slug = slugOf(model);
        const found = described.get(slug) ?? describe(index, slug);
        const card = typeof model === "string" ? found.card : model;
        if (commercial) passCommercially(card, asked, []);
        described.set(slug, { card, entry: found.entry });
        return card;
      };
      for (const model of wanted) {
        const card = add(model, slugOf(model));
        const stages = card.kind === "detector" ? Object.values(card.stages ?? {}) : [];
        for (const stage of stages) add(described.get(stage)?.card ?? stage, card.slug);
      }
      const load = async (slug: string, { card, entry }: Described, stop: AbortSignal): Promise<FolderModel> => {
        if (entry === null) return { card, model: null, sha256: null };
        const model = await fetchEntry(slug, entry, kept, stop);
        return { card, model, sha256: entry.preparedFrom ?? entry.sha256 };
      };
      const models = await allOrNone(described, load, signal);
      await keep();
      return models;
    },
    async file(name, { signal } = {}) {
      demandSecureContext();
      const kept = await open();
      const { index, keep } = await readFolderIndex(where, kept, signal);
      const entry = entryOf(index, { slug: name, platform }, where);
      if (entry) {
        const bytes = await fetchEntry(name, entry, kept, signal);
        await keep();
        return bytes;
      }
      throw new ArcfaceError("NOT_FOUND", `${where}: there is no ${name} in this folder of models`, {
        hint: "`arcface models copy DIR`, of the same version as the page's arcface, puts it there",
      });
    },
  };
}

const slugOf = (model: string | Card): string => (typeof model === "string" ? model : model.slug);

function changed(name: string, { sha256 }: IndexEntry, got: string): ArcfaceError {
  return new ArcfaceError("INTEGRITY", `${name}: expected the file with sha256 ${sha256}, got ${got}`, {
    hint: "something on the way, or on the server, changed the file: copy the models there again",
  });
}

/** Web Crypto, Cache Storage and cameras are for pages that nobody can have changed on the way. */
function demandSecureContext(): void {
  if (globalThis.isSecureContext) return;
  throw new ArcfaceError("MISSING_TOOL", "this page's address lets nobody check what came: models are not loaded", {
    hint: "serve it over https, or from localhost",
  });
}

/** At once; where one fails, the others are stopped and its error is thrown. */
async function allOrNone<In, Out>(
  items: ReadonlyMap<string, In>,
  run: (key: string, item: In, signal: AbortSignal) => Promise<Out>,
  signal: AbortSignal | undefined,
): Promise<Map<string, Out>> {
  const { stop, stopped } = stopWith(signal);
  try {
    return new Map(
      await Promise.all([...items].map(async ([key, item]) => [key, await run(key, item, stopped)] as const)),
    );
  } catch (error) {
    stop.abort();
    throw error;
  }
}
