import { expected } from "../../errors.ts";
import type { ZooSource } from "../source.ts";
import type { Fetching } from "./fetch-file.node.ts";
import { createFolderSource, type FolderOptions } from "./folder.node.ts";
import { createHttpIndexSource } from "./http-index.node.ts";

/** `isLocal`: it may be asked where the network is not to be used. */
export type OpenedSource = { readonly source: ZooSource; readonly isLocal: boolean };

/** Folders and addresses, as ARCFACE_SOURCES has them: between commas or spaces. */
export function splitSources(text: string): string[] {
  return text.split(/[\s,]+/).filter((part) => part !== "");
}

/**
 * A folder, or an http(s) address of one; several addresses that hold the same are joined by `|`.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT
 */
export function openSource(
  address: string,
  { fetching, fetchCard }: FolderOptions & { fetching: Fetching },
): OpenedSource {
  if (!/^[a-z][a-z\d+.-]+:\/\//i.test(address))
    return { source: createFolderSource(address, fetchCard ? { fetchCard } : {}), isLocal: true };
  const bases = address.split("|");
  const bad = bases.find((base) => !/^https?:\/\//i.test(base) || !URL.canParse(base));
  if (bad !== undefined)
    throw expected("sources", "a folder or an http or https address", bad, "ARCFACE_SOURCES and --source name them");
  return { source: createHttpIndexSource(bases, fetching), isLocal: false };
}
