import { ArcfaceError } from "../../errors.ts";
import { failureOf, refusal } from "../download/download-failure.ts";
import { readWhole, request, withoutSecrets } from "../download/download-request.ts";
import type { FoundModel, ZooSource } from "../source.ts";
import { type Fetching, fetchFile } from "./fetch-file.node.ts";
import { entryOf, indexedCard, MAX_INDEX_BYTES, parseIndex } from "./model-index.ts";

/**
 * A folder on a web server with an `index.json` (see model-index.ts), or several folders that hold the same. The index
 * is asked for when a model is, and kept for as long as this source lives.
 */
export function createHttpIndexSource(bases: readonly string[], fetching: Fetching): ZooSource {
  const folders = bases.map((base) => (base.endsWith("/") ? base : `${base}/`));
  const name = withoutSecrets(folders[0]!);
  let index: Promise<Readonly<Record<string, unknown>>> | null = null;

  const read = async (signal: AbortSignal | undefined) => {
    const problems: ArcfaceError[] = [];
    for (const folder of folders) {
      try {
        return parseIndex(
          await fetchText(new URL("index.json", folder).href, fetching.fetch, signal),
          `${folder}index.json`,
        );
      } catch (error) {
        if (!(error instanceof ArcfaceError) || error.code === "CANCELLED") throw error;
        problems.push(error);
      }
    }
    const [first] = problems;
    throw new ArcfaceError(first!.code, problems.map(({ message }) => message).join("; "), {
      hint: first!.hint ?? `an index.json is expected there: ${folders[0]}index.json`,
      cause: first,
    });
  };

  const indexNow = (signal: AbortSignal | undefined) => {
    index ??= read(signal).catch((error) => {
      index = null;
      throw error;
    });
    return index;
  };

  return {
    name,
    async find(query, { signal } = {}): Promise<FoundModel | null> {
      const where = `${name}index.json`;
      const entry = entryOf(await indexNow(signal), query, where);
      if (entry === null) return null;
      const urls = [...new Set(entry.files.flatMap((file) => folders.map((folder) => addressOf(file, folder, where))))];
      const { sha256, byteLength } = entry;
      return {
        fileName: new URL(urls[0]!).pathname.split("/").at(-1)!,
        sha256,
        byteLength,
        card: indexedCard(query.slug, entry, { url: urls[0]!, mirrors: urls.slice(1) }, where),
        fetch: (options = {}) => fetchFile(fetching, { urls, sha256, byteLength, ...options }),
      };
    },
  };
}

async function fetchText(url: string, fetch: Fetching["fetch"], signal: AbortSignal | undefined): Promise<string> {
  try {
    const answer = await request(url, { fetch, signal });
    const refused = refusal(answer, url);
    if (refused) {
      answer.close();
      throw refused.error;
    }
    return new TextDecoder().decode(await readWhole(answer, MAX_INDEX_BYTES, url));
  } catch (error) {
    if (error instanceof ArcfaceError && error.code === "NETWORK") throw failureOf(error).error;
    throw error;
  }
}

/** An index leads to web servers only, never to files of the machine that reads it. */
function addressOf(file: string, folder: string, where: string): string {
  const url = URL.canParse(file, folder) ? new URL(file, folder) : null;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url.href;
  throw new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: expected an http or https address, got ${file}`);
}
