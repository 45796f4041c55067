import { expected } from "../errors.ts";
import { decodeFloat16 } from "../tensor/float16.ts";
import { sizeOf } from "../tensor/tensor.ts";
import { type Entry, type FileType, headerLength, METADATA, parseHeader } from "./header.ts";

/** A tensor as the file has it. */
export type StoredTensor = {
  readonly dtype: "F32" | "I64";
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>;
};

export type Safetensors = {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Texts by name; `{}` where there are none. */
  readonly metadata: Readonly<Record<string, string>>;
};

/**
 * Write tensors as a safetensors file, in their order.
 *
 * @returns its parts, to be written one after the other; data are not copied.
 */
export function writeSafetensors({ tensors, metadata }: Safetensors): Uint8Array[] {
  const header = new Map<string, unknown>(Object.keys(metadata).length > 0 ? [[METADATA, metadata]] : []);
  const parts: Uint8Array[] = [];
  let offset = 0;
  // Wider elements first, so that each lies at a multiple of its size.
  const ordered = [...tensors].sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  for (const [name, { dtype, shape, data }] of ordered) {
    if (name === METADATA) throw expected("safetensors", "a tensor's name", name);
    if (data.length !== sizeOf(shape))
      throw expected(`safetensors: ${name}`, `${sizeOf(shape)} values`, `${data.length}`);
    header.set(name, { dtype, shape, data_offsets: [offset, offset + data.byteLength] });
    parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    offset += data.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const bytes = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  bytes.set(text);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(bytes.length), true);
  return [length, bytes, ...parts];
}

/**
 * Read a safetensors file. Its data are copied.
 *
 * @param name what errors call the file.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where the bytes are something else, damaged, cut short, or hold types other than
 *   F64, F32, F16, BF16 (which all become F32) and I64.
 */
export function readSafetensors(bytes: Uint8Array, name: string): Safetensors {
  const start = 8 + headerLength(bytes, bytes.length, name);
  const { entries, metadata } = parseHeader(bytes.subarray(8, start), bytes.length - start, name);
  const tensors = entries.map((entry) => {
    // A Buffer's slice is no copy.
    const own = new Uint8Array(bytes.subarray(start + entry.from, start + entry.to));
    return [entry.name, toStored(entry, own.buffer)] as const;
  });
  return { tensors: new Map(tensors), metadata };
}

/** @param buffer an entry's bytes, and no more; becomes the tensor's where types allow. */
export function toStored({ dtype, shape }: Entry, buffer: ArrayBuffer): StoredTensor {
  return dtype === "I64"
    ? { dtype, shape, data: new BigInt64Array(buffer) }
    : { dtype: "F32", shape, data: TO_FLOAT32[dtype](buffer) };
}

const TO_FLOAT32: Record<Exclude<FileType, "I64">, (buffer: ArrayBuffer) => Float32Array<ArrayBuffer>> = {
  F64: (buffer) => new Float32Array(new Float64Array(buffer)),
  F32: (buffer) => new Float32Array(buffer),
  F16: (buffer) => Float32Array.from(new Uint16Array(buffer), decodeFloat16),
  // The upper half of a float32
  BF16: (buffer) => new Float32Array(Uint32Array.from(new Uint16Array(buffer), (half) => half << 16).buffer),
};
