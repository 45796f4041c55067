import { ArcfaceError } from "../../errors.ts";
import type { RandomBytes } from "../random-bytes.ts";

/**
 * RecordIO's frame, little-endian: magic, u32 of a kind (the high 3 bits) and a length (29), that many bytes, zeros to a
 * multiple of 4. A payload that holds the magic on a 4-byte boundary is split there: the magic is left out between parts,
 * of which the first, middle and last have kinds of their own.
 *
 * Source: dmlc-core src/recordio.cc.
 */
export const MAGIC = 0xced7230a;

const KINDS = { whole: 0, first: 1, middle: 2, last: 3 } as const;

/** Kind and length follow the magic. */
const HEADER = 8;

/** What is read at once: most pictures of faces are smaller. */
const GUESS = 1 << 14;

/** No picture is longer; what says so is damaged. */
const MAX_PAYLOAD = 1 << 26;

type Part = { readonly kind: number; readonly bytes: Uint8Array; readonly length: number; readonly next: number };

/**
 * The payload of the record that begins at `offset`.
 *
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT with the offset; TOO_LARGE above 64 MiB; IO.
 */
export async function readRecord(source: RandomBytes, offset: number): Promise<Uint8Array> {
  const first = await readPart(source, offset, offset, GUESS);
  if (first.kind === KINDS.whole) return first.bytes;
  if (first.kind !== KINDS.first) throw bad(source, offset, "the start of a record", "a later part of one");
  const parts = [first.bytes];
  let total = first.length;
  for (let at = first.next; ; ) {
    const part = await readPart(source, at, offset, GUESS);
    if (part.kind !== KINDS.middle && part.kind !== KINDS.last) {
      throw unfinished(source, offset, at);
    }
    parts.push(magicWord(), part.bytes);
    total += 4 + part.length;
    if (total > MAX_PAYLOAD) throw tooLarge(source, offset, total);
    if (part.kind === KINDS.last) return joined(parts, total);
    at = part.next;
  }
}

/**
 * The first `wanted` bytes of the payload at least, or all of it: for what stands in front of a picture.
 *
 * @throws as readRecord.
 */
export async function readRecordStart(source: RandomBytes, offset: number, wanted: number): Promise<Uint8Array> {
  const part = await readPart(source, offset, offset, HEADER + wanted, wanted);
  const isThere = part.kind === KINDS.whole || (part.kind === KINDS.first && part.bytes.length >= wanted);
  return isThere ? part.bytes : await readRecord(source, offset);
}

/** Where the record after this one begins. @throws as readRecord. */
export async function skipRecord(source: RandomBytes, offset: number): Promise<number> {
  let part = await readPart(source, offset, offset, HEADER, 0);
  if (part.kind === KINDS.middle || part.kind === KINDS.last) {
    throw bad(source, offset, "the start of a record", "a later part of one");
  }
  while (part.kind === KINDS.first || part.kind === KINDS.middle) {
    const at = part.next;
    part = await readPart(source, at, offset, HEADER, 0);
    if (part.kind === KINDS.whole || part.kind === KINDS.first) throw unfinished(source, offset, at);
  }
  return part.next;
}

/**
 * @param record where its record begins, for errors.
 * @param atOnce how many bytes the first read asks for.
 * @param wanted how much of the part's payload to give.
 */
async function readPart(
  source: RandomBytes,
  offset: number,
  record: number,
  atOnce: number,
  wanted: number = MAX_PAYLOAD,
): Promise<Part> {
  if (!(offset >= 0 && offset % 4 === 0)) throw bad(source, record, "to begin at a multiple of 4", `byte ${offset}`);
  const chunk = await source.read(offset, atOnce);
  if (chunk.length < HEADER) {
    throw bad(source, record, "8 bytes of a header", `${Math.max(0, source.byteLength - offset)} before the file ends`);
  }
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const magic = view.getUint32(0, true);
  if (magic !== MAGIC) throw bad(source, record, `magic ${hex(MAGIC)} at byte ${offset}`, hex(magic));
  const word = view.getUint32(4, true);
  const [kind, length] = [word >>> 29, word & 0x1fffffff];
  if (kind > KINDS.last) throw bad(source, record, "a part of kind 0 to 3", `${kind}`);
  const left = source.byteLength - offset - HEADER;
  if (length > left) throw bad(source, record, `${length} bytes, as it says`, `${left} before the file ends`);
  if (length > MAX_PAYLOAD) throw tooLarge(source, record, length);
  const end = HEADER + Math.min(length, wanted);
  const bytes = end <= chunk.length ? chunk.subarray(HEADER, end) : await source.read(offset + HEADER, end - HEADER);
  if (bytes.length < end - HEADER) throw bad(source, record, `${length} bytes, as it says`, `${bytes.length}`);
  return { kind, bytes, length, next: offset + HEADER + padded(length) };
}

/** The frame, or frames, of a payload. */
export function encodeRecord(payload: Uint8Array): Uint8Array {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const cuts: number[] = [];
  for (let at = 0; at + 4 <= payload.length; at += 4) if (view.getUint32(at, true) === MAGIC) cuts.push(at);
  const starts = [0, ...cuts.map((cut) => cut + 4)];
  const ends = [...cuts, payload.length];
  const total = starts.reduce((sum, start, k) => sum + HEADER + padded(ends[k]! - start), 0);
  const record = new Uint8Array(total);
  const out = new DataView(record.buffer);
  let at = 0;
  for (const [k, start] of starts.entries()) {
    const part = payload.subarray(start, ends[k]!);
    const isLast = k === starts.length - 1;
    const kind = cuts.length === 0 ? KINDS.whole : k === 0 ? KINDS.first : isLast ? KINDS.last : KINDS.middle;
    out.setUint32(at, MAGIC, true);
    out.setUint32(at + 4, ((kind << 29) | part.length) >>> 0, true);
    record.set(part, at + HEADER);
    at += HEADER + padded(part.length);
  }
  return record;
}

function magicWord(): Uint8Array {
  const word = new Uint8Array(4);
  new DataView(word.buffer).setUint32(0, MAGIC, true);
  return word;
}

function joined(parts: readonly Uint8Array[], total: number): Uint8Array {
  const whole = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}

function bad(source: RandomBytes, record: number, what: string, got: string): ArcfaceError {
  return new ArcfaceError(
    "UNSUPPORTED_FORMAT",
    `${source.name}: record at byte ${record}: expected ${what}, got ${got}`,
  );
}

function unfinished(source: RandomBytes, record: number, at: number): ArcfaceError {
  return bad(source, record, "its next part", `the start of another record at byte ${at}`);
}

function tooLarge(source: RandomBytes, record: number, length: number): ArcfaceError {
  const what = `at most ${MAX_PAYLOAD} bytes, got ${length}`;
  return new ArcfaceError("TOO_LARGE", `${source.name}: record at byte ${record}: expected ${what}`, {
    hint: "a length like that is most often damage",
  });
}
