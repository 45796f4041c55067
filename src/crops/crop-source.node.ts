import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { openLabelledImages } from "../data/open-labelled-images.node.ts";
import { openRecords } from "../data/recordio/open-records.node.ts";
import { ArcfaceError } from "../errors.ts";
import { fileError } from "../file-error.node.ts";

/** Pictures to cut faces out of, by number. */
export interface CropSource extends AsyncDisposable {
  readonly count: number;
  /** What the report calls it. */
  name(i: number): string;
  /** Where its crop goes in a folder, without the ending. @throws as read. */
  stem(i: number): Promise<string>;
  /** See CropOutcome. @throws {ArcfaceError} NOT_FOUND, IO. */
  stamp(i: number): Promise<string>;
  /** @throws {ArcfaceError} NOT_FOUND, IO, UNSUPPORTED_FORMAT. */
  read(i: number): Promise<Uint8Array>;
}

/**
 * A folder's files; the records of a RecordIO file, `….rec`, or of a folder that holds `train.rec`; the pictures of a list,
 * `….lst` or `….txt`, as openLabelledImages takes it.
 *
 * @throws {ArcfaceError} NOT_FOUND where there is nothing to do; UNSUPPORTED_FORMAT, IO.
 */
export async function openCropSource(path: string): Promise<CropSource> {
  if (/\.(lst|txt)$/.test(path)) return openListSource(path);
  const records = path.endsWith(".rec") ? path : join(path, "train.rec");
  const isThere = await stat(records).catch(() => null);
  const source = isThere?.isFile() ? await openRecordSource(records) : await openFolderSource(path);
  if (source.count > 0) return source;
  throw new ArcfaceError("NOT_FOUND", `${path}: no pictures there`);
}

/** Records go to a folder for each label, by their numbers, both of one length. */
async function openRecordSource(path: string): Promise<CropSource> {
  const data = await openRecords(path);
  const facts = await stat(path).catch(refused(path));
  return {
    count: data.count,
    name: (i) => `record ${i}`,
    stem: async (i) => numbered(await data.label(i), i),
    stamp: async () => stampOf(facts),
    read: async (i) => (await data.read(i)).bytes,
    [Symbol.asyncDispose]: () => data[Symbol.asyncDispose](),
  };
}

/** Of a list of people the paths stay; of one with labels crops go where those of records go, as its paths may be any. */
async function openListSource(path: string): Promise<CropSource> {
  const data = await openLabelledImages(path);
  const fileOf = (i: number): string => (data.place(i) as { path: string }).path;
  return {
    count: data.count,
    name: (i) => data.name(i),
    stem: async (i) => (data.classNames ? withoutEnding(data.name(i)) : numbered(await data.label(i), i)),
    async stamp(i) {
      return stampOf(await stat(fileOf(i)).catch(refused(data.name(i))));
    },
    read: (i) => readFile(fileOf(i)).catch(refused(data.name(i))),
    [Symbol.asyncDispose]: () => data[Symbol.asyncDispose](),
  };
}

function numbered(label: number, i: number): string {
  return `${`${label}`.padStart(7, "0")}/${`${i}`.padStart(9, "0")}`;
}

const withoutEnding = (name: string): string => name.replace(/\.[^./]*$/, "");

/** Every file of a folder, all the way down, in the order of code units; hidden ones are passed over, links followed. */
async function openFolderSource(root: string): Promise<CropSource> {
  const names = await filesIn(root, "", []);
  const stems = stemsOf(names);
  return {
    count: names.length,
    name: (i) => names[i]!,
    stem: async (i) => stems[i]!,
    async stamp(i) {
      return stampOf(await stat(join(root, names[i]!)).catch(refused(names[i]!)));
    },
    read: (i) => readFile(join(root, names[i]!)).catch(refused(names[i]!)),
    async [Symbol.asyncDispose]() {},
  };
}

/** Paths without their endings, but where two would be one: there the whole path. */
function stemsOf(names: readonly string[]): string[] {
  const stems = names.map(withoutEnding);
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

function stampOf({ size, mtimeMs }: { readonly size: number; readonly mtimeMs: number }): string {
  return `${size}-${Math.round(mtimeMs)}`;
}
