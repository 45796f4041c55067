import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { ArcfaceError } from "../errors.ts";
import { fileError } from "../file-error.node.ts";

/** Pictures to cut faces out of, by number. */
export interface CropSource extends AsyncDisposable {
  readonly count: number;
  /** What the report calls it. */
  name(i: number): string;
  /** Where its crop goes in a folder, without the ending. */
  stem(i: number): string;
  /** See CropOutcome. @throws {ArcfaceError} NOT_FOUND, IO. */
  stamp(i: number): Promise<string>;
  /** @throws {ArcfaceError} NOT_FOUND, IO, UNSUPPORTED_FORMAT. */
  read(i: number): Promise<Uint8Array>;
}

/** Every file of a folder, all the way down, in the order of code units; hidden ones are passed over, links followed. */
export async function openFolderSource(root: string): Promise<CropSource> {
  const names = await filesIn(root, "", []);
  const stems = stemsOf(names);
  return {
    count: names.length,
    name: (i) => names[i]!,
    stem: (i) => stems[i]!,
    async stamp(i) {
      const facts = await stat(join(root, names[i]!)).catch(refused(names[i]!));
      return `${facts.size}-${Math.round(facts.mtimeMs)}`;
    },
    read: (i) => readFile(join(root, names[i]!)).catch(refused(names[i]!)),
    async [Symbol.asyncDispose]() {},
  };
}

/** Paths without their endings, but where two would be one: there the whole path. */
function stemsOf(names: readonly string[]): string[] {
  const stems = names.map((name) => name.replace(/\.[^./]*$/, ""));
  // As file systems that do not tell a from A see it.
  const keys = stems.map((stem) => stem.toLowerCase());
  const seen = new Map<string, number>();
  for (const key of keys) seen.set(key, (seen.get(key) ?? 0) + 1);
  return stems.map((stem, i) => (seen.get(keys[i]!)! > 1 ? names[i]! : stem));
}

/** @param above the real paths of the folders that this one lies in. */
async function filesIn(root: string, folder: string, above: readonly string[]): Promise<string[]> {
  const here = await realpath(join(root, folder)).catch(refused(join(root, folder)));
  if (above.includes(here)) return [];
  const found: string[] = [];
  const entries = await readdir(here, { withFileTypes: true }).catch(refused(join(root, folder)));
  for (const entry of entries) {
    if (entry.name.startsWith(".")) continue;
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    // A link that leads nowhere is a picture that cannot be read: the report says so.
    const facts = entry.isSymbolicLink() ? await stat(join(root, path)).catch(() => null) : entry;
    if (facts?.isDirectory()) found.push(...(await filesIn(root, path, [...above, here])));
    else if (facts === null || facts.isFile()) found.push(path);
  }
  return found.sort((a, b) => (a < b ? -1 : 1));
}

function refused(path: string): (error: unknown) => never {
  return (error) => {
    throw fileError(error, path, "reading pictures");
  };
}

/** @throws {ArcfaceError} NOT_FOUND where there is nothing to do. */
export function checkSource(source: CropSource, path: string): CropSource {
  if (source.count > 0) return source;
  throw new ArcfaceError("NOT_FOUND", `${path}: no pictures there`);
}
