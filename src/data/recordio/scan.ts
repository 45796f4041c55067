import { ArcfaceError } from "../../errors.ts";
import type { OnBad } from "../labelled-images.ts";
import type { RandomBytes } from "../random-bytes.ts";
import { MAGIC, readRecordStart, skipRecord } from "./framing.ts";
import { HEAD_LENGTH, parseImageRecord } from "./image-record.ts";
import { createEntries, type RecordIndex } from "./index-file.ts";

/** Read at once while looking for where records go on. */
const STRIDE = 1 << 20;

/**
 * The index of a file that lacks it: its records in order. Where the file ends with a header record, as InsightFace's
 * writer does, its key is 0 and the first record's is 1; else the first record's is 0.
 *
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT at the first damage; to `onBad`, going on at the next record.
 */
export async function scanRecords(file: RandomBytes, onBad: OnBad | undefined): Promise<RecordIndex> {
  const offsets = createEntries();
  let count = 0;
  let last = 0;
  for (let at = 0; at < file.byteLength; ) {
    try {
      const next = await skipRecord(file, at);
      offsets.push(count++, at);
      last = at;
      at = next;
    } catch (error) {
      if (!onBad || !(error instanceof ArcfaceError)) throw error;
      onBad(error);
      at = await nextMagic(file, at + 4);
    }
  }
  const endsWithHeader = count > 1 && (await isHeader(file, last));
  const index = offsets.inOrder(() => {});
  if (!endsWithHeader) return index;
  return { keys: index.keys, offsets: rotated(index.offsets) };
}

/** The last one first. */
function rotated(offsets: Float64Array): Float64Array {
  const turned = new Float64Array(offsets.length);
  turned.set(offsets.subarray(0, -1), 1);
  turned[0] = offsets.at(-1)!;
  return turned;
}

async function isHeader(file: RandomBytes, offset: number): Promise<boolean> {
  const start = await readRecordStart(file, offset, HEAD_LENGTH + 8);
  try {
    const { isArray, labels, bytes } = parseImageRecord(start, file.name);
    return isArray && labels.length >= 2 && bytes.length === 0;
  } catch {
    return false; // more labels than were read
  }
}

async function nextMagic(file: RandomBytes, from: number): Promise<number> {
  for (let start = from; start < file.byteLength; start += STRIDE) {
    const chunk = await file.read(start, STRIDE);
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let at = 0; at + 4 <= chunk.length; at += 4) if (view.getUint32(at, true) === MAGIC) return start + at;
  }
  return file.byteLength;
}
