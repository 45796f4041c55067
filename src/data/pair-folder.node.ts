import { access, open, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { sha256Hex } from "../bytes/sha256.ts";
import { ArcfaceError } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import { type CfpProtocol, type NamedText, parseCfpPairs } from "./cfp.ts";
import { jpegSize } from "./jpeg-size.ts";
import { parseLfwPairs } from "./lfw.ts";
import type { PairSet } from "./pair-set.ts";

/** Pairs, and the folder their image paths start from; every image was there when it was made. */
export type PairFolder = { readonly pairSet: PairSet; readonly root: string };

/** The side of InsightFace's aligned crops, pixels. */
const CROP = 112;

/**
 * Read LFW: `folder/pairs.txt` and the photographs `folder/NAME/NAME_0001.jpg`.
 *
 * @param options.aligned a folder of 112×112 crops named alike, to use instead of the photographs.
 * @throws {ArcfaceError} NOT_FOUND (folder, pairs.txt, images: the first few named, all counted), UNSUPPORTED_FORMAT,
 * INVALID_ARGUMENT where crops are given for photographs or the other way round, IO.
 */
export async function loadLfwFolder(
  folder: string,
  options: { aligned?: string | undefined } = {},
): Promise<PairFolder> {
  const root = options.aligned ?? folder;
  await Promise.all([expectFolder("lfw", folder), expectFolder("lfw", root)]);
  const { file, text } = await readText("lfw", folder, "pairs.txt", "LFW's pairs.txt lies beside the people's folders");
  const pairSet = parseLfwPairs(text, { file });
  await expectImages("lfw", root, pairSet.images);
  await expectKind(root, pairSet.images[0]!, options.aligned === undefined ? "photographs" : "crops");
  return { pairSet, root };
}

/**
 * Read Celebrities in Frontal-Profile: `folder/Protocol` and `folder/Data`, over the splits that are there.
 *
 * @throws {ArcfaceError} NOT_FOUND, UNSUPPORTED_FORMAT, INVALID_ARGUMENT, IO, as loadLfwFolder.
 */
export async function loadCfpFolder(folder: string, protocol: CfpProtocol): Promise<PairFolder> {
  await expectFolder("cfp", folder);
  const hint = "the folder is the one that holds Protocol/ and Data/";
  const text = (path: string): Promise<NamedText> => readText("cfp", folder, path, hint);
  const [frontal, profile] = await Promise.all([text("Protocol/Pair_list_F.txt"), text("Protocol/Pair_list_P.txt")]);
  const names = (await list(join(folder, "Protocol/Split", protocol), hint))
    .filter((name) => /^\d+$/.test(name))
    .sort();
  if (names.length === 0) {
    throw new ArcfaceError(
      "NOT_FOUND",
      `cfp: expected splits 01, 02, … in ${join(folder, "Protocol/Split", protocol)}, got none`,
    );
  }
  const splits = await Promise.all(
    names.map(async (name) => ({
      same: await text(`Protocol/Split/${protocol}/${name}/same.txt`),
      diff: await text(`Protocol/Split/${protocol}/${name}/diff.txt`),
    })),
  );
  const pairSet = parseCfpPairs(protocol, { frontal, profile, splits });
  await expectImages("cfp", folder, pairSet.images);
  return { pairSet, root: folder };
}

/**
 * Hex sha256 of an image's bytes: what an embedding cache knows it by, wherever it lies.
 *
 * @throws {ArcfaceError} NOT_FOUND, IO.
 */
export async function imageSha256(root: string, image: string): Promise<string> {
  const path = join(root, image);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw fileError(cause, path, "reading an image");
  });
  return sha256Hex(bytes);
}

async function expectFolder(where: string, folder: string): Promise<void> {
  const found = await stat(folder).catch((cause: unknown) => {
    throw fileError(cause, folder, `reading ${where}`);
  });
  if (!found.isDirectory()) throw new ArcfaceError("NOT_FOUND", `${where}: expected a folder, got the file ${folder}`);
}

async function readText(where: string, folder: string, path: string, hint: string): Promise<NamedText> {
  const file = join(folder, path);
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw fileError(cause, file, `reading ${where}`, hint);
  });
  return { file, text };
}

async function list(folder: string, hint: string): Promise<string[]> {
  return await readdir(folder).catch((cause: unknown) => {
    throw fileError(cause, folder, "reading cfp", hint);
  });
}

async function expectImages(where: string, root: string, images: readonly string[]): Promise<void> {
  const missing: string[] = [];
  const AT_ONCE = 64;
  for (let i = 0; i < images.length; i += AT_ONCE) {
    const some = images.slice(i, i + AT_ONCE);
    const there = await Promise.all(
      some.map((image) =>
        access(join(root, image)).then(
          () => true,
          () => false,
        ),
      ),
    );
    missing.push(...some.filter((_, k) => !there[k]));
  }
  if (missing.length === 0) return;
  const shown = missing.slice(0, 3).join(", ") + (missing.length > 3 ? ", …" : "");
  throw new ArcfaceError(
    "NOT_FOUND",
    `${where}: ${missing.length} of ${images.length} images are not in ${root}: ${shown}`,
    {
      hint: "a folder for every person, as the data set is published, with nothing renamed",
    },
  );
}

async function expectKind(root: string, image: string, kind: "photographs" | "crops"): Promise<void> {
  await using file = await open(join(root, image)).catch((cause: unknown) => {
    throw fileError(cause, join(root, image), "reading lfw");
  });
  const { buffer, bytesRead } = await file.read(new Uint8Array(65536), 0, 65536, 0);
  const size = jpegSize(buffer.subarray(0, bytesRead));
  if (size === null) throw new ArcfaceError("UNSUPPORTED_FORMAT", `lfw: expected a JPEG, got ${join(root, image)}`);
  const isCrop = size.width === CROP && size.height === CROP;
  if (isCrop === (kind === "crops")) return;
  const what = kind === "crops" ? "aligned crops of 112×112" : "photographs, not aligned crops";
  throw new ArcfaceError("INVALID_ARGUMENT", `lfw: expected ${what}, got ${size.width}×${size.height} in ${root}`, {
    hint: kind === "crops" ? "photographs go to --data" : "aligned crops go to --aligned, beside --data",
  });
}
