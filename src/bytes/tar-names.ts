import { ArcfaceError } from "../errors.ts";

/** Why a path has no place in an archive, the first that fits; `null` where it may be there. */
const REFUSALS: readonly [test: (path: string) => boolean, what: string][] = [
  [(path) => path === "", "an entry without a name"],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
  [(path) => /[\0-\x1f\x7f]/.test(path), "a name with control characters"],
  [(path) => /^[\\/]/.test(path), "an absolute path"],
  [(path) => /^[a-z]:/i.test(path), "a path with a drive letter"],
  [(path) => path.split(/[\\/]/).includes(".."), "a path that leads out of it"],
];

/**
 * A path as tar wrote it, without the `./` and `/` that say nothing; "" is the archive's own folder.
 *
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where it might lie elsewhere than in the folder it is unpacked to.
 */
export function innerPath(path: string, archive: string): string {
  const refusal = REFUSALS.find(([applies]) => applies(path));
  if (refusal) throw new ArcfaceError("UNSUPPORTED_FORMAT", `${archive}: holds ${refusal[1]}: ${JSON.stringify(path)}`);
  return path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}

/** Whether a path within a folder leads out of it, or somewhere absolute. */
export function leadsOut(path: string): boolean {
  return REFUSALS.some(([applies]) => applies(path));
}
