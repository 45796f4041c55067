import { mkdir, stat } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { lockFolder } from "../bytes/lock-folder.node.ts";
import { removeParts, writeWhole } from "../bytes/write-whole.node.ts";
import { ArcfaceError, expected, throwIfCancelled } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import { createNodeHost } from "../host/host.node.ts";
import type { FingerprintedDetector } from "../recognize/compose.node.ts";
import { type CropSource, openCropSource } from "./crop-source.node.ts";
import { type CutOptions, cutFace } from "./cut-face.ts";
import { type CropJournal, openCropJournal } from "./journal.node.ts";
import { type CropCounts, type CropOutcome, countOutcomes } from "./outcome.ts";
import { openPacking, packedAlready } from "./pack-records.node.ts";

export type AlignFolderOptions = CutOptions & {
  /**
   * Default jpeg. `records`: JPEGs in a RecordIO file, `train.rec` with what belongs to it, classes numbered in the order of
   * their names.
   */
  readonly format?: "jpeg" | "png" | "records";
  /** Of a JPEG, 1 to 100; default 95. */
  readonly quality?: number;
  /** Pictures under way at once. Default 4. */
  readonly concurrency?: number;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
};

export type FolderAlignment = CropCounts & {
  /** How many of the pictures an earlier run had looked at. */
  readonly before: number;
  /** The JSON lines that tell what became of each picture. */
  readonly report: string;
};

/** The report's name in the destination. */
export const REPORT = "crops.jsonl";

/** Raise where detection or alignment changes what comes out. */
const VERSION = 1;

/**
 * Aligned 112×112 crops of a folder's pictures, one a picture, at the same relative paths below `destination`. What an
 * earlier run did with the same options is kept; a crop is written whole or not at all; the report is true at any time.
 *
 * @param source a folder of pictures, or of folders of them; RecordIO; a list.
 * @throws {ArcfaceError} NOT_FOUND where there is no picture; CONFLICT where another run is at work in the destination, or it holds
 * crops made otherwise, or records of other pictures; INVALID_ARGUMENT where one lies in the other; CANCELLED; IO, NO_SPACE.
 */
export async function alignFolder(
  detector: FingerprintedDetector,
  source: string,
  destination: string,
  options: AlignFolderOptions = {},
): Promise<FolderAlignment> {
  if (isWithin(source, destination) || isWithin(destination, source))
    throw expected("align", `a destination apart from the source ${source}`, destination);
  const { signal, onProgress, concurrency, format, quality, ...cut } = options;
  await using pictures = await openCropSource(source);
  await using _ = await lockFolder(destination);
  await removeParts(destination, { recursive: true });
  const report = join(destination, REPORT);
  await using journal = await openCropJournal(report, {
    ...cut,
    source: resolve(source),
    detector: detector.fingerprint,
    format: format ?? "jpeg",
    quality: format === "png" ? null : (quality ?? 95),
    version: VERSION,
  });
  const packing = format === "records" ? await openPacking(destination) : null;
  const before = await cutAll(pictures, packing?.crops ?? destination, journal, detector, {
    ...options,
    isPacked: packing?.isPacked ?? false,
  });
  const names = Array.from({ length: pictures.count }, (_, i) => pictures.name(i));
  await journal.finish(names);
  const counts = countOutcomes(journal.outcomes.values());
  if (counts.kept > 0) await packing?.pack(signal);
  return { ...counts, before, report };
}

/** @returns how many were done before. */
async function cutAll(
  pictures: CropSource,
  destination: string,
  journal: CropJournal,
  detector: FingerprintedDetector,
  options: AlignFolderOptions & { readonly isPacked: boolean },
): Promise<number> {
  const { concurrency = 4, onProgress, signal, isPacked } = options;
  const { codec } = createNodeHost();
  const ending = options.format === "png" ? "png" : "jpg";
  let [next, done, before] = [0, 0, 0];
  let failed = false;
  async function one(i: number): Promise<void> {
    const image = pictures.name(i);
    const stamp = await pictures.stamp(i).catch(() => "none");
    if (await isDone(journal.outcomes.get(image), stamp, isPacked ? null : destination)) {
      before++;
      return;
    }
    if (isPacked) throw packedAlready(destination, image);
    let bytes: Uint8Array;
    try {
      bytes = await pictures.read(i);
    } catch (error) {
      if (!(error instanceof ArcfaceError)) throw error;
      return journal.add({ image, stamp, faces: 0, dropped: "unreadable", why: error.message });
    }
    const made = await cutFace(bytes, image, { codec, detector }, options, signal);
    if (!("crop" in made)) return journal.add({ image, stamp, ...made });
    const crop = `${await pictures.stem(i)}.${ending}`;
    const encoded = await codec.encode(made.crop, ending === "png" ? "png" : "jpeg", {
      quality: options.quality ?? 95,
    });
    await makeFolder(dirname(join(destination, crop)));
    await writeWhole(join(destination, crop), encoded).catch((cause: unknown) => {
      throw fileError(cause, join(destination, crop), "writing a crop");
    });
    const { box, score, landmarks } = made.face;
    await journal.add({ image, stamp, faces: made.faces, crop, box, score, landmarks });
  }
  async function work(): Promise<void> {
    while (next < pictures.count && !signal?.aborted && !failed) {
      await one(next++);
      onProgress?.({ done: ++done, total: pictures.count });
    }
  }
  const workers = Array.from({ length: concurrency }, () =>
    work().catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  const outcomes = await Promise.allSettled(workers);
  throwIfCancelled(signal, "align");
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  return before;
}

/**
 * Whether an earlier run is right about a picture still: the same file, its crop in place. What could not be read may now.
 *
 * @param destination `null` where crops are records.
 */
async function isDone(outcome: CropOutcome | undefined, stamp: string, destination: string | null): Promise<boolean> {
  if (outcome === undefined || outcome.stamp !== stamp) return false;
  if (!("crop" in outcome)) return outcome.dropped !== "unreadable";
  if (destination === null) return true;
  return stat(join(destination, outcome.crop)).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((cause: unknown) => {
    throw fileError(cause, path, "making a folder for crops");
  });
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(resolve(folder), resolve(path));
  return way === "" || !(way === ".." || way.startsWith("../") || way.startsWith("..\\"));
}
