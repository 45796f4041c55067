import { createReadStream } from "node:fs";
import { access, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ArcfaceError, expected } from "../../errors.ts";
import { fileError } from "../../file-error.node.ts";
import type { LabelledImages, OnBad } from "../labelled-images.ts";
import { openBytes } from "../open-bytes.node.ts";
import type { RandomBytes } from "../random-bytes.ts";
import { createPlaceReader } from "../read-place.node.ts";
import { findImages } from "./find-images.ts";
import { readRecordStart } from "./framing.ts";
import { classOf, HEAD_LENGTH, parseImageRecord } from "./image-record.ts";
import { type RecordIndex, readIndex } from "./index-file.ts";
import { parseProperty } from "./property.ts";
import { scanRecords } from "./scan.ts";

/**
 * A RecordIO file of pictures: `train.rec`, with `train.idx` and `property` beside it where they are there. Without the
 * first the records are walked once, without the second and without a header record their labels are read once, to count
 * classes. 12 bytes of memory a record.
 *
 * @throws {ArcfaceError} NOT_FOUND, UNSUPPORTED_FORMAT, IO. To `onBad`: index lines and records that cannot be used.
 */
export async function openRecords(
  path: string,
  { onBad }: { onBad?: OnBad | undefined } = {},
): Promise<LabelledImages> {
  const file = await openBytes(path);
  try {
    const index = await indexOf(path, file, onBad);
    const { images, classes: declared } = await findImages(file, index, onBad);
    if (images.keys.length === 0) {
      throw new ArcfaceError("UNSUPPORTED_FORMAT", `${path}: expected a record of a picture at least, got none`);
    }
    const property = await textBeside(path, "property");
    const classes = property === null ? declared : parseProperty(property, join(dirname(path), "property"));
    if (classes !== null) return recordedImages(path, file, images, classes, null);
    const labels = await labelsOf(file, images, onBad);
    const most = labels.reduce((largest, label) => Math.max(largest, label), 0);
    return recordedImages(path, file, images, most + 1, labels);
  } catch (error) {
    await file[Symbol.asyncDispose]();
    throw error;
  }
}

async function indexOf(path: string, file: RandomBytes, onBad: OnBad | undefined): Promise<RecordIndex> {
  const idx = `${path.replace(/\.rec$/, "")}.idx`;
  const isThere = await access(idx).then(
    () => true,
    () => false,
  );
  if (!isThere) return await scanRecords(file, onBad);
  try {
    return await readIndex(createReadStream(idx, { highWaterMark: 1 << 18 }), {
      file: idx,
      byteLength: file.byteLength,
      onBad,
    });
  } catch (cause) {
    throw fileError(cause, idx, "reading an index");
  }
}

async function textBeside(path: string, name: string): Promise<string | null> {
  const file = join(dirname(path), name);
  return await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return null;
    throw fileError(cause, file, "reading records");
  });
}

async function labelAt(file: RandomBytes, offset: number): Promise<number> {
  const where = `${file.name}: record at byte ${offset}`;
  const start = await readRecordStart(file, offset, HEAD_LENGTH);
  // Of several labels the first is enough, and all that was read.
  const flag = start.length >= 4 ? new DataView(start.buffer, start.byteOffset).getUint32(0, true) : 0;
  if (flag <= 1 || start.length < HEAD_LENGTH) return classOf(parseImageRecord(start, where), where);
  return classOf({ labels: [new DataView(start.buffer, start.byteOffset).getFloat32(HEAD_LENGTH - 4, true)] }, where);
}

/** A record without a usable label counts as class 0 here, and is refused again when it is read. */
async function labelsOf(file: RandomBytes, { offsets }: RecordIndex, onBad: OnBad | undefined): Promise<Uint32Array> {
  const labels = new Uint32Array(offsets.length);
  for (let k = 0; k < offsets.length; k++) {
    try {
      labels[k] = await labelAt(file, offsets[k]!);
    } catch (error) {
      if (!onBad || !(error instanceof ArcfaceError)) throw error;
      onBad(error);
    }
  }
  return labels;
}

function recordedImages(
  path: string,
  file: RandomBytes & AsyncDisposable,
  { keys, offsets }: RecordIndex,
  classes: number,
  labels: Uint32Array | null,
): LabelledImages {
  const reader = createPlaceReader();
  const check = (i: number): number => {
    if (!(Number.isInteger(i) && i >= 0 && i < keys.length)) {
      throw expected(path, `a picture's number below ${keys.length}`, `${i}`);
    }
    return i;
  };
  const place = (i: number) => ({ kind: "record", path, offset: offsets[check(i)]! }) as const;
  const name = (i: number): string => `${path}: record ${keys[check(i)]} at byte ${offsets[i]}`;
  return {
    count: keys.length,
    classes,
    classNames: null,
    name,
    place,
    knownLabel: (i) => labels?.[check(i)] ?? null,
    label: (i) => labels?.[check(i)] ?? labelAt(file, offsets[check(i)]!),
    async read(i) {
      const { bytes, label } = await reader.read(place(i));
      return { bytes, label: label!, name: name(i) };
    },
    async [Symbol.asyncDispose]() {
      await reader[Symbol.asyncDispose]();
      await file[Symbol.asyncDispose]();
    },
  };
}
