import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ArcfaceError } from "../../errors.ts";
import { type DownloadOptions, download } from "../download/download.node.ts";
import { type Digest, hubDigest, storageDigests } from "./digest.ts";
import { hubError } from "./failure.ts";
import { fileNameOf } from "./file-name.ts";
import type { HubLinks } from "./links.ts";
import { verifyFile } from "./verify.node.ts";

export type FetchFilesOptions = Pick<
  DownloadOptions,
  "signal" | "fetch" | "silenceMs" | "retries" | "backoffMs" | "maxByteLength" | "onProgress" | "onNotice"
> & {
  /** In no message, should a storage say it back. It is sent to none. */
  readonly key: string;
  /** Whether the hub's hash is held against the bytes of a single file. */
  readonly trustsHubHash: boolean;
};

/**
 * Fetch a model's files into a folder. Those that were cut stay there as `.part`, to be gone on from; wrong ones do not.
 *
 * @returns their sha256 by name, in the order of the links.
 * @throws {ArcfaceError} NETWORK and NOT_FOUND with DepthAI's text, INTEGRITY, TOO_LARGE, NO_SPACE, IO, CANCELLED.
 */
export async function fetchHubFiles(
  { links, hash }: HubLinks,
  folder: string,
  { key, trustsHubHash, fetch = globalThis.fetch, ...options }: FetchFilesOptions,
): Promise<Map<string, string>> {
  const names = links.map(fileNameOf);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new ArcfaceError("NETWORK", `hub: expected files of different names, got two ${twice}`);
  const told = links.length === 1 && trustsHubHash ? hubDigest(hash) : null;
  const files = new Map<string, string>();
  for (const [i, url] of links.entries()) {
    const name = names[i]!;
    const path = join(folder, name);
    const { heard, listening } = listen(fetch);
    const { sha256 } = await download({ ...options, urls: [url], path, fetch: listening }).catch((error) => {
      throw inDepthaiWords(error, heard, key);
    });
    const digests: Digest[] = [...(told ? [told] : []), ...storageDigests(heard.headers, heard.status === 200)];
    await verifyFile(path, name, digests).catch(async (error) => {
      await rm(path, { force: true });
      throw error;
    });
    files.set(name, sha256);
  }
  return files;
}

type Heard = { status: number; headers: Headers; text: string };

/** Keeps what the last answer said of itself, which a download does not tell. */
function listen(fetch: typeof globalThis.fetch) {
  const heard: Heard = { status: 0, headers: new Headers(), text: "" };
  const listening: typeof globalThis.fetch = async (input, init) => {
    Object.assign(heard, { status: 0, headers: new Headers(), text: "" });
    const response = await fetch(input, init);
    heard.status = response.status;
    heard.headers = response.headers;
    if (response.status < 400) return response;
    heard.text = await beginning(response);
    return new Response(null, { status: response.status, headers: response.headers });
  };
  return { heard, listening };
}

async function beginning(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  let text = "";
  for (let next = await reader?.read(); next && !next.done && text.length < 5000; next = await reader?.read())
    text += decoder.decode(next.value, { stream: true });
  await reader?.cancel().catch(() => {});
  return text;
}

function inDepthaiWords(error: unknown, { status, text }: Heard, key: string): unknown {
  if (!(error instanceof ArcfaceError) || (error.code !== "NETWORK" && error.code !== "NOT_FOUND")) return error;
  const { code, message, hint } = error;
  const cause = error.cause === undefined ? undefined : error;
  return hubError({ doing: "downloading the model", status, text: text || message, key, cause, code, hint });
}
