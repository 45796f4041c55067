import { ArcfaceError, expected } from "../../errors.ts";

/** Labels are float32: from here on not every whole number is one. */
export const LABEL_LIMIT: number = 2 ** 24;

/** flag u32, label f32, id u64, id2 u64. */
const HEADER = 24;

/** Bytes in front of a picture with one label. */
export const HEAD_LENGTH: number = HEADER + 4;

export type ImageRecord = {
  /** One; or as many as the record's flag says, among them none. */
  readonly labels: readonly number[];
  /** Whether they stand behind the header, as MXNet writes an array of labels. */
  readonly isArray: boolean;
  readonly id: number;
  /** The encoded picture; empty in records that only tell of others. */
  readonly bytes: Uint8Array;
};

/**
 * The payload of a record with MXNet's IRHeader in front. Any numbers are labels here: classOf checks them.
 *
 * @param where names the record in errors.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where it ends within its labels.
 * Source: mxnet python/mxnet/recordio.py, `unpack`.
 */
export function parseImageRecord(payload: Uint8Array, where: string): ImageRecord {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const flag = payload.length < HEADER ? 0 : view.getUint32(0, true);
  const start = HEADER + 4 * flag;
  if (payload.length < start) {
    const what = flag > 0 ? `${start} bytes for its ${flag} labels` : `${HEADER} bytes of a header`;
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: expected ${what}, got ${payload.length}`);
  }
  const labels =
    flag > 0
      ? Array.from({ length: flag }, (_, k) => view.getFloat32(HEADER + 4 * k, true))
      : [view.getFloat32(4, true)];
  const id = view.getUint32(8, true) + 2 ** 32 * view.getUint32(12, true);
  return { labels, isArray: flag > 0, id, bytes: payload.subarray(start) };
}

/**
 * The class that a picture's record names: its label, or the first of them.
 *
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where that is no whole number from 0 to 2²⁴ − 1.
 */
export function classOf({ labels: [label] }: Pick<ImageRecord, "labels">, where: string): number {
  if (label !== undefined && Number.isInteger(label) && label >= 0 && label < LABEL_LIMIT) return label;
  const what = "a label that is a whole number from 0 to 16777215";
  throw new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: expected ${what}, got ${label ?? "none"}`);
}

/**
 * A record's payload: one label in the header, several behind it.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where a float32 cannot hold a label, or there is none.
 */
export function encodeImageRecord({ labels, id, bytes }: Omit<ImageRecord, "isArray">): Uint8Array {
  const inexact = labels.find((label) => Math.fround(label) !== label);
  if (labels.length === 0 || inexact !== undefined) {
    throw expected("record", "labels that float32 holds exactly", `${inexact ?? "none"}`, "RecordIO keeps labels so");
  }
  const flag = labels.length === 1 ? 0 : labels.length;
  const payload = new Uint8Array(HEADER + 4 * flag + bytes.length);
  const view = new DataView(payload.buffer);
  view.setUint32(0, flag, true);
  view.setFloat32(4, flag === 0 ? labels[0]! : 0, true);
  view.setBigUint64(8, BigInt(id), true);
  for (let k = 0; k < flag; k++) view.setFloat32(HEADER + 4 * k, labels[k]!, true);
  payload.set(bytes, HEADER + 4 * flag);
  return payload;
}
