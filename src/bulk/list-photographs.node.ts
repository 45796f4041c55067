import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileError } from "../file-error.node.ts";

/** What we take for a photograph in a folder. */
const IMAGE = /\.(jpe?g|png|webp|avif|gif|tiff?|hei[cf])$/i;

/**
 * The photographs in a folder, all the way down, as paths from it with `/`, in the order of code units. Hidden files and
 * folders are passed over; links are followed, but not back to a folder that they lie in.
 *
 * @throws {ArcfaceError} NOT_FOUND, IO.
 */
export async function listPhotographs(root: string): Promise<string[]> {
  const found: string[] = [];
  await collect(root, "", [], found);
  return found.sort((a, b) => (a < b ? -1 : 1));
}

/** @param above the real paths of the folders that this one lies in. */
async function collect(root: string, folder: string, above: readonly string[], found: string[]): Promise<void> {
  const refused = (error: unknown): never => {
    throw fileError(error, join(root, folder), "looking for photographs");
  };
  const here = await realpath(join(root, folder)).catch(refused);
  if (above.includes(here)) return;
  for (const entry of await readdir(here, { withFileTypes: true }).catch(refused)) {
    if (entry.name.startsWith(".")) continue;
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    // A link that leads nowhere is a photograph that cannot be read.
    const facts = entry.isSymbolicLink() ? await stat(join(root, path)).catch(() => null) : entry;
    if (facts?.isDirectory()) await collect(root, path, [...above, here], found);
    else if ((facts === null || facts.isFile()) && IMAGE.test(entry.name)) found.push(path);
  }
}
