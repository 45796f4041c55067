import { open } from "node:fs/promises";
import { join } from "node:path";
import { ArcfaceError } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import { type CfpProtocol, parseCfpPairs } from "./cfp.ts";
import { jpegSize } from "./jpeg-size.ts";
import { parseLfwPairs } from "./lfw.ts";
import type { NamedText } from "./lines.ts";
import { joinPairSets, type PairSet } from "./pair-set.ts";
import { absentImages, expectFolder, listFolder, readText } from "./set-files.node.ts";

/** Pairs, and the folder their image paths start from. */
export type PairFolder = {
  readonly pairSet: PairSet;
  readonly root: string;
  /** Images that were not there: none, unless that was allowed. */
  readonly absent: readonly string[];
};

/** Which of LFW's lists: view 2, or view 1's, whose threshold is chosen on DevTrain (fold 0) for DevTest (fold 1). */
export type LfwList = "pairs" | "dev";

const LFW_FILES: Readonly<Record<LfwList, readonly string[]>> = {
  pairs: ["pairs.txt"],
  dev: ["pairsDevTrain.txt", "pairsDevTest.txt"],
};

/** The side of InsightFace's aligned crops, pixels. */
const CROP = 112;

/**
 * Read LFW: `folder/pairs.txt` and the photographs `folder/NAME/NAME_0001.jpg`.
 *
 * @param options.aligned a folder of 112×112 crops named alike, to use instead of the photographs.
 * @param options.allowMissing go on where images are missing.
 * @throws {ArcfaceError} NOT_FOUND (folder, pairs.txt, images: the first few named, all counted), UNSUPPORTED_FORMAT,
 * INVALID_ARGUMENT where crops are given for photographs or the other way round, IO.
 */
export async function loadLfwFolder(
  folder: string,
  options: { aligned?: string | undefined; list?: LfwList; allowMissing?: boolean } = {},
): Promise<PairFolder> {
  const { aligned, list = "pairs", allowMissing = false } = options;
  const root = aligned ?? folder;
  await Promise.all([expectFolder("lfw", folder), expectFolder("lfw", root)]);
  const hint = "LFW's lists lie beside the people's folders";
  const texts = await Promise.all(LFW_FILES[list].map((path) => readText("lfw", folder, path, hint)));
  const pairSet = joinPairSets(texts.map(({ file, text }) => parseLfwPairs(text, { file })));
  const absent = await absentImages("lfw", root, pairSet.images, { allowMissing });
  const there = pairSet.images.find((image) => !absent.includes(image));
  if (there) await expectKind(root, there, aligned === undefined ? "photographs" : "crops");
  return { pairSet, root, absent };
}

/**
 * Read Celebrities in Frontal-Profile: `folder/Protocol` and `folder/Data`, over the splits that are there.
 *
 * @throws {ArcfaceError} NOT_FOUND, UNSUPPORTED_FORMAT, INVALID_ARGUMENT, IO, as loadLfwFolder.
 */
export async function loadCfpFolder(
  folder: string,
  protocol: CfpProtocol,
  { allowMissing = false }: { allowMissing?: boolean } = {},
): Promise<PairFolder> {
  await expectFolder("cfp", folder);
  const hint = "the folder is the one that holds Protocol/ and Data/";
  const text = (path: string): Promise<NamedText> => readText("cfp", folder, path, hint);
  const [frontal, profile] = await Promise.all([text("Protocol/Pair_list_F.txt"), text("Protocol/Pair_list_P.txt")]);
  const names = (await listFolder("cfp", join(folder, "Protocol/Split", protocol), hint))
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
  const absent = await absentImages("cfp", folder, pairSet.images, { allowMissing });
  return { pairSet, root: folder, absent };
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
