import { ArcfaceError } from "../../errors.ts";
import { fetchBytes } from "../../host/fetch.web.ts";
import { type IndexEntry, MAX_INDEX_BYTES, parseIndex } from "../sources/model-index.ts";
import type { KeptFiles } from "./kept-files.web.ts";

export type Index = Readonly<Record<string, unknown>>;

type FolderIndex = {
  readonly index: Index;
  /** To be called when the files that it was read for are kept: until then the one before is good, and so are its files. */
  keep(): Promise<void>;
};

/** The server's word, else what it said when it was last reached. @throws {ArcfaceError} as fetchBytes and parseIndex. */
export async function readFolderIndex(
  where: string,
  kept: KeptFiles,
  signal: AbortSignal | undefined,
): Promise<FolderIndex> {
  const before = await kept.readIndex();
  const text = await fetchIndex(where, before, signal);
  const index = parseIndex(text, where);
  return { index, keep: async () => (text === before ? undefined : kept.keepIndex(text, idsOf(index))) };
}

async function fetchIndex(where: string, before: string | null, signal: AbortSignal | undefined): Promise<string> {
  try {
    return new TextDecoder().decode(
      await fetchBytes(where, { cache: "no-cache", stay: true, maxByteLength: MAX_INDEX_BYTES, signal }),
    );
  } catch (error) {
    const { code, message } = error as ArcfaceError;
    if (code === "NETWORK" && before !== null) return before;
    if (code !== "NOT_FOUND") throw error;
    const hint = "`arcface models copy DIR` makes a folder of models, which the page's server is to serve";
    throw new ArcfaceError(code, message, { hint, cause: error });
  }
}

function idsOf(index: Index): Set<string> {
  return new Set(Object.values(index).map((entry) => String((entry as { sha256?: unknown } | null)?.sha256)));
}

/** The first of an entry's places that is on the folder's own server. @throws {ArcfaceError} UNSUPPORTED_FORMAT */
export function addressOf({ files }: IndexEntry, folder: string, where: string): string {
  const urls = files.filter((file) => URL.canParse(file, folder)).map((file) => new URL(file, folder));
  const own = urls.find(({ origin }) => origin === new URL(folder).origin);
  if (own) return own.href;
  throw new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: expected a file on the same server, got ${files.join(", ")}`);
}
