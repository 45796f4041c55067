import { ArcfaceError } from "../../errors.ts";

/** Files of the cache's own. */
const TAKEN = ["metadata.yaml", "model.yaml"];

/**
 * What a link's file is called in the cache: the last part of its path, as it stands there, as DepthAI does.
 *
 * @throws {ArcfaceError} NETWORK where that is no plain file name: empty, `..`, with a separator behind `%2f` …
 */
export function fileNameOf(link: string): string {
  const [path = ""] = link.split(/[?#]/);
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (isPlainName(name) && isPlainName(decoded(name))) return name;
  const got = name.length > 100 ? `${name.slice(0, 100)}…` : name;
  throw new ArcfaceError("NETWORK", `hub: expected a link that ends in a file's name, got ${JSON.stringify(got)}`);
}

export function isPlainName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (name === "" || name.length > 200 || /[\u0000-\u001f\u007f/\\:*?"<>|]/.test(name)) return false;
  return !/^\.|[. ]$|\.part(\.json)?$/.test(name) && !TAKEN.includes(name.toLowerCase());
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return "";
  }
}
