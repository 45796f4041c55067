import { ArcfaceError, expected } from "../errors.ts";
import { decodeFloat16 } from "../tensor/float16.ts";
import { sizeOf } from "../tensor/tensor.ts";

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

/** A header that says it is longer is no header. Source: the format's own limit. */
const LONGEST_HEADER = 100_000_000;
const ARRAYS = { F32: Float32Array, I64: BigInt64Array } as const;
const METADATA = "__metadata__";

/**
 * Write tensors as a safetensors file, in their order.
 *
 * @returns its parts, to be written one after the other; data are not copied.
 */
export function writeSafetensors({ tensors, metadata }: Safetensors): Uint8Array[] {
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { [METADATA]: metadata } : {};
  const parts: Uint8Array[] = [];
  let offset = 0;
  // Wider elements first, so that each lies at a multiple of its size.
  const ordered = [...tensors].sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  for (const [name, { dtype, shape, data }] of ordered) {
    if (data.length !== sizeOf(shape))
      throw expected(`safetensors: ${name}`, `${sizeOf(shape)} values`, `${data.length}`);
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.byteLength] };
    parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    offset += data.byteLength;
  }
  const text = JSON.stringify(header);
  const bytes = new TextEncoder().encode(
    text.padEnd(text.length + ((8 - (new TextEncoder().encode(text).length % 8)) % 8)),
  );
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(bytes.length), true);
  return [length, bytes, ...parts];
}

/**
 * Read a safetensors file. Its data are copied.
 *
 * @param name what errors call the file.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where the bytes are something else, damaged, cut short, or hold types other than
 *   F32, F16, BF16 (both become F32) and I64.
 */
export function readSafetensors(bytes: Uint8Array, name: string): Safetensors {
  const wrong = (got: string, cause?: unknown) =>
    new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: expected a safetensors file, got ${got}`, { cause });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8) throw wrong(`${bytes.length} bytes`);
  const length = Number(view.getBigUint64(0, true));
  if (length > LONGEST_HEADER || length + 8 > bytes.length) {
    throw wrong(`a header of ${length} bytes in a file of ${bytes.length}: cut short, or of another kind`);
  }
  const start = 8 + length;
  const header = parse(bytes.subarray(8, start), wrong);
  const { [METADATA]: metadata = {}, ...entries } = header;
  if (!isTexts(metadata)) throw wrong("metadata that are not texts");
  const tensors = new Map<string, StoredTensor>();
  const taken: [from: number, to: number, name: string][] = [];
  for (const [tensor, entry] of Object.entries(entries)) {
    const { dtype, shape, from, to } = checkEntry(entry, (got) => wrong(`${tensor} with ${got}`));
    if (to > bytes.length - start)
      throw wrong(`${tensor} at ${from} to ${to} of ${bytes.length - start} bytes: cut short`);
    taken.push([from, to, tensor]);
    const own = bytes.slice(start + from, start + to).buffer as ArrayBuffer;
    tensors.set(tensor, toStored(dtype, shape, own));
  }
  taken.sort(([a], [b]) => a - b);
  for (const [i, [from, , tensor]] of taken.entries()) {
    const before = taken[i - 1];
    if (before && from < before[1]) throw wrong(`${tensor} and ${before[2]} in the same bytes`);
  }
  return { tensors, metadata };
}

function parse(bytes: Uint8Array, wrong: (got: string, cause?: unknown) => ArcfaceError): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof header === "object" && header !== null && !Array.isArray(header))
      return header as Record<string, unknown>;
  } catch (cause) {
    throw wrong("a header that is not JSON", cause);
  }
  throw wrong("a header that is no object");
}

const SIZES = { F32: 4, F16: 2, BF16: 2, I64: 8 } as const;
type FileType = keyof typeof SIZES;

function checkEntry(entry: unknown, wrong: (got: string) => ArcfaceError) {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (typeof dtype !== "string" || !Object.hasOwn(SIZES, dtype)) throw wrong(`the type ${dtype}`);
  if (!isSizes(shape)) throw wrong(`the shape ${JSON.stringify(shape)}`);
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) throw wrong("no place in the file");
  const [from, to] = offsets as [number, number];
  const wanted = sizeOf(shape) * SIZES[dtype as FileType];
  if (to - from !== wanted) throw wrong(`${to - from} bytes for ${dtype} [${shape.join(", ")}], which takes ${wanted}`);
  return { dtype: dtype as FileType, shape, from, to };
}

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);

const isTexts = (value: unknown): value is Record<string, string> =>
  typeof value === "object" && value !== null && Object.values(value).every((text) => typeof text === "string");

function toStored(dtype: FileType, shape: readonly number[], buffer: ArrayBuffer): StoredTensor {
  if (dtype === "F32" || dtype === "I64") return { dtype, shape, data: new ARRAYS[dtype](buffer) };
  const halves = new Uint16Array(buffer);
  const data = new Float32Array(halves.length);
  if (dtype === "BF16") {
    const bits = new Uint32Array(data.buffer);
    for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
  } else {
    for (let i = 0; i < halves.length; i++) data[i] = decodeFloat16(halves[i]!);
  }
  return { dtype: "F32", shape, data };
}
