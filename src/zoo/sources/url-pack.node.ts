import { open, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { ArcfaceError } from "../../errors.ts";
import { asBytes } from "../cache/cache.node.ts";
import { unpackFiles, type WantedFile } from "../tarball.ts";
import { type Fetching, fetchFile, withFetchedFile } from "./fetch-file.node.ts";
import type { PlaceOf } from "./pack.ts";
import { unzipFiles } from "./zip.node.ts";

/**
 * Files by their address, and files in a zip or a gzipped tar by its address. Only those whose sha256 the card pins:
 * an address says nothing of what will lie there tomorrow.
 */
export function urlPlace(fetching: Fetching): PlaceOf {
  return ({ slug, model: { source, sha256, byteLength } }) => {
    if (!("url" in source) || sha256 === undefined) return null;
    const urls = [source.url, ...(source.mirrors ?? [])];
    const name = basename(new URL(source.url).pathname) || slug;
    const { entry } = source;
    if (entry === undefined) {
      return {
        path: "",
        pack: {
          key: sha256,
          name,
          open: async (_wanted, options) =>
            new Map([["", await fetchFile(fetching, { urls, sha256, byteLength, ...options })]]),
        },
      };
    }
    return {
      path: entry,
      pack: {
        key: `url ${source.url}`,
        name,
        open: (wanted, options) =>
          withFetchedFile(fetching, { urls, ...options }, (path) => takeOut(path, wanted, name)),
      },
    };
  };
}

/** Take named files out of a zip or a gzipped tar, told apart by their first bytes. @throws {ArcfaceError} */
export async function takeOut(
  path: string,
  wanted: readonly WantedFile[],
  name: string,
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const start = await firstBytes(path);
  if (start === "504b") return unzipFiles(path, wanted, name);
  if (start === "1f8b") return unpackFiles(asBytes(await readFile(path)), wanted, name);
  throw new ArcfaceError(
    "UNSUPPORTED_FORMAT",
    `${name}: expected a zip or a gzipped tar, got bytes that begin ${start}`,
  );
}

async function firstBytes(path: string): Promise<string> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.subarray(0, bytesRead).toString("hex");
  } finally {
    await file.close();
  }
}
