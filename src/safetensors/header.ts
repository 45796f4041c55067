import { ArcfaceError } from "../errors.ts";
import { sizeOf } from "../tensor/tensor.ts";

/** Types that are read, and the bytes of one value. */
const SIZES = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8 } as const;
export type FileType = keyof typeof SIZES;

/** Where a tensor lies: bytes `from` up to, not including, `to`, counted from the end of the header. */
export type Entry = {
  readonly name: string;
  readonly dtype: FileType;
  readonly shape: readonly number[];
  readonly from: number;
  readonly to: number;
};

export type Header = { readonly entries: readonly Entry[]; readonly metadata: Readonly<Record<string, string>> };

export const METADATA = "__metadata__";

/** A header that says it is longer is no header. Source: the format's own limit. */
const LONGEST = 100_000_000;

type Wrong = (got: string, cause?: unknown) => ArcfaceError;

const wrongIn =
  (file: string): Wrong =>
  (got, cause) =>
    new ArcfaceError("UNSUPPORTED_FORMAT", `${file}: expected a safetensors file, got ${got}`, { cause });

/**
 * How long the header is, from the file's first 8 bytes.
 *
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where it cannot be.
 */
export function headerLength(first: Uint8Array, fileSize: number, file: string): number {
  if (fileSize < 8) throw wrongIn(file)(`${fileSize} bytes`);
  const length = Number(new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true));
  if (length <= LONGEST && length + 8 <= fileSize) return length;
  throw wrongIn(file)(`a header of ${length} bytes in a file of ${fileSize}: cut short, or of another kind`);
}

/**
 * Read and check a header: types, sizes, and that the tensors fill the data without gaps, in whatever order.
 *
 * @param dataLength bytes after the header.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT
 */
export function parseHeader(bytes: Uint8Array, dataLength: number, file: string): Header {
  const wrong = wrongIn(file);
  const { [METADATA]: metadata = {}, ...others } = parseObject(bytes, wrong);
  if (!isTexts(metadata)) throw wrong("metadata that are not texts");
  const entries = Object.entries(others).map(([name, entry]) => ({
    name,
    ...checkEntry(entry, (got) => wrong(`${name} with ${got}`)),
  }));
  let end = 0;
  let before = "the header";
  for (const { name, from, to } of [...entries].sort((a, b) => a.from - b.from || a.to - b.to)) {
    if (to > dataLength) throw wrong(`${name} at ${from} to ${to} of ${dataLength} bytes: cut short`);
    if (from < end) throw wrong(`${name} and ${before} in the same bytes`);
    if (from > end) throw wrong(`${from - end} bytes that are nobody's after ${before}`);
    [end, before] = [to, name];
  }
  if (end < dataLength) throw wrong(`${dataLength - end} bytes that are nobody's after ${before}`);
  return { entries, metadata };
}

function parseObject(bytes: Uint8Array, wrong: Wrong): Record<string, unknown> {
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (cause) {
    throw wrong("a header that is not JSON", cause);
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) throw wrong("a header that is no object");
  // JSON.parse takes the last of several with one name, other readers the first.
  const names = countNames(text);
  if (names !== Object.keys(header).length) throw wrong("a header that names a tensor twice");
  return header as Record<string, unknown>;
}

/** Names at the outermost level of JSON that can be parsed. */
function countNames(json: string): number {
  let [depth, count] = [0, 0];
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/gs)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (token === ":" && depth === 1) count++;
  }
  return count;
}

function checkEntry(entry: unknown, wrong: (got: string) => ArcfaceError): Omit<Entry, "name"> {
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
