import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { ArcfaceError } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import { parseLabelledPairs, parseTwoLinePairs } from "./crop-pairs.ts";
import { absentImages, isThere, readText } from "./set-files.node.ts";
import { type TestSet, testSetOfPairs } from "./test-set.ts";
import { parseVerificationBin } from "./verification-bin.ts";

export type CropPairsOptions = {
  /** What the set is called. */
  readonly name: string;
  /** What its files are called: `agedb_30` for `agedb_30.bin`. Absent: any .bin. */
  readonly stem?: string;
  /** The authors' own list, beside a folder of photographs. */
  readonly list?: string;
  readonly allowMissing?: boolean;
};

/** Where the authors' photographs lie. */
const PHOTOGRAPHS = ["aligned images", "images"];

/**
 * Read a set of pairs in one of the forms that it is passed around in:
 *
 * - `STEM.bin`, InsightFace's: crops. `data` is the file, or a folder that holds it.
 * - `STEM_ann.txt` and its crops of 112×112, whose paths start at the folder.
 * - the authors' `list`, and the photographs in `aligned images/` or `images/`: a detector finds the face.
 *
 * @throws {ArcfaceError} NOT_FOUND where a folder holds none of them, or pictures are missing; UNSUPPORTED_FORMAT; IO.
 */
export async function loadCropPairs(data: string, options: CropPairsOptions): Promise<TestSet> {
  const { name, stem, list, allowMissing = false } = options;
  const found = await stat(data).catch((cause: unknown) => {
    throw fileError(cause, data, `reading ${name}`);
  });
  if (!found.isDirectory()) return loadBin(data, name);
  const bins = stem === undefined ? (await readdir(data)).filter((file) => file.endsWith(".bin")) : [`${stem}.bin`];
  if (bins.length === 1 && (await isThere(join(data, bins[0]!)))) return loadBin(join(data, bins[0]!), name);
  if (stem !== undefined && (await isThere(join(data, `${stem}_ann.txt`)))) {
    const pairSet = parseLabelledPairs(name, await readText(name, data, `${stem}_ann.txt`));
    const absent = await absentImages(name, data, pairSet.images, { allowMissing });
    const place = (image: string) => ({ kind: "file", path: join(data, image) }) as const;
    return testSetOfPairs(pairSet, { place, face: { kind: "crop" }, absent });
  }
  if (list !== undefined && (await isThere(join(data, list)))) {
    const pairSet = parseTwoLinePairs(name, await readText(name, data, list));
    const root = await photographsOf(name, data);
    const absent = await absentImages(name, root, pairSet.images, { allowMissing });
    const place = (image: string) => ({ kind: "file", path: join(root, image) }) as const;
    return testSetOfPairs(pairSet, { place, face: { kind: "centre" }, personOf: personOfFile, absent });
  }
  const wanted = stem === undefined ? ["one .bin"] : [`${stem}.bin`, `${stem}_ann.txt`, ...(list ? [list] : [])];
  throw new ArcfaceError(
    "NOT_FOUND",
    `${name}: expected ${wanted.join(" or ")} in ${data}, got ${bins.length > 1 ? bins.join(", ") : "none"}`,
  );
}

async function loadBin(path: string, name: string): Promise<TestSet> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw fileError(cause, path, `reading ${name}`);
  });
  const { images, same } = parseVerificationBin(bytes, { file: path });
  const file = basename(path);
  const keys = images.map((_, i) => `${file}#${i}`);
  const text = same.map((is, i) => `${Number(is)} ${keys[2 * i]} ${keys[2 * i + 1]}`).join("\n");
  const pairSet = parseLabelledPairs(name, { file: path, text });
  const byKey = new Map(keys.map((key, i) => [key, images[i]!]));
  const place = (key: string) => ({ kind: "bytes", bytes: byKey.get(key)! }) as const;
  return testSetOfPairs(pairSet, { place, face: { kind: "crop" } });
}

async function photographsOf(name: string, data: string): Promise<string> {
  for (const folder of PHOTOGRAPHS) if (await isThere(join(data, folder))) return join(data, folder);
  throw new ArcfaceError("NOT_FOUND", `${name}: expected the folder ${PHOTOGRAPHS.join(" or ")} in ${data}, got none`);
}

/** CALFW's and CPLFW's files are `Carl_Reiner_0001.jpg` or `Carl_Reiner_1.jpg`. */
function personOfFile(image: string): string | null {
  return image.match(/^(.+)_\d+\.\w+$/)?.[1] ?? null;
}
