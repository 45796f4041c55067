import { ArcfaceError } from "../../errors.ts";
import type { OnBad } from "../labelled-images.ts";
import type { RandomBytes } from "../random-bytes.ts";
import { readRecord } from "./framing.ts";
import { type ImageRecord, LABEL_LIMIT, parseImageRecord } from "./image-record.ts";
import type { RecordIndex } from "./index-file.ts";

/**
 * Which records are pictures. InsightFace's layout has a record with key 0 that holds no picture but two labels (a, b):
 * pictures have keys 1 … a − 1, and a … b − 1 are records of the identities. Without one, all are pictures.
 *
 * @returns their part of the index, and how many identities there are, `null` where nothing says.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT; to `onBad` where the index lacks pictures that the header tells of.
 */
export async function findImages(
  file: RandomBytes,
  index: RecordIndex,
  onBad: OnBad | undefined,
): Promise<{ images: RecordIndex; classes: number | null }> {
  const header = index.keys[0] === 0 ? await readHeader(file, index.offsets[0]!) : null;
  if (header === null) return { images: index, classes: null };
  const where = `${file.name}: header record at byte ${index.offsets[0]}`;
  const [end, last] = header.labels as [number, number];
  const isRange = [end, last].every((key) => Number.isInteger(key) && key >= 1 && key < LABEL_LIMIT) && last >= end;
  if (!isRange) {
    const what =
      "the first keys after pictures and after identities, up to 16777215 (float32 tells no larger ones apart)";
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: expected ${what}, got ${header.labels.join(", ")}`);
  }
  const afterLast = index.keys.findIndex((key) => key >= end);
  const to = afterLast === -1 ? index.keys.length : afterLast;
  if (to - 1 !== end - 1) {
    const what = `${end - 1} pictures, as it says`;
    const error = new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: expected ${what}, got ${to - 1} in the index`, {
      hint: "the index is cut short or of another file: without it the records are walked",
    });
    if (!onBad) throw error;
    onBad(error);
  }
  const images = { keys: index.keys.subarray(1, to), offsets: index.offsets.subarray(1, to) };
  return { images, classes: last > end ? last - end : null };
}

/** `null` where the record is a picture itself. */
async function readHeader(file: RandomBytes, offset: number): Promise<ImageRecord | null> {
  const record = parseImageRecord(await readRecord(file, offset), `${file.name}: record at byte ${offset}`);
  return record.isArray && record.labels.length >= 2 && record.bytes.length === 0 ? record : null;
}
