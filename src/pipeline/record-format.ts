import { ArcfaceError } from "../errors.ts";
import { crc32 } from "./crc32.ts";

/** Where a recording goes: a file, or memory. */
export interface ByteSink {
  /** In order; the bytes may be used again when it resolves. */
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** One entry of a recording: what it is, as JSON, and bytes. */
export type RecordEntry = { readonly header: Readonly<Record<string, unknown>>; readonly body: Uint8Array };

/** Bytes that no text file and no picture begins with, and a line end that damaged transfers would change. */
const MAGIC = new TextEncoder().encode("ARCREC\r\n");
const VERSION = 1;
const PREFIX = MAGIC.length + 4;
/** Headers of messages are a few hundred bytes, of 10,000 detections a few million. */
const MAX_HEADER = 1 << 26;
const MAX_BODY = 2 ** 31 - 1;

/** What a recording begins with: the magic and the version, little-endian as all numbers here. */
export function encodePrefix(): Uint8Array {
  const bytes = new Uint8Array(PREFIX);
  bytes.set(MAGIC);
  new DataView(bytes.buffer).setUint32(MAGIC.length, VERSION, true);
  return bytes;
}

/** Lengths of header and body, and the CRC-32 of both; 4 bytes each. */
const ENTRY_PREFIX = 12;

/** An entry: its prefix, the header as JSON in UTF-8, the body. */
export function encodeEntry({ header, body }: RecordEntry): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(ENTRY_PREFIX + text.length + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, text.length, true);
  view.setUint32(4, body.length, true);
  view.setUint32(8, crc32(body, crc32(text)), true);
  bytes.set(text, ENTRY_PREFIX);
  bytes.set(body, ENTRY_PREFIX + text.length);
  return bytes;
}

/**
 * The entries of a recording, as they come. One that is cut off in the middle is left out: what a killed process wrote
 * can be read up to there.
 *
 * @param name what errors call it.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where it is no recording, of another version, or damaged.
 */
export async function* readEntries(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<RecordEntry> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    yield* entriesOf(new ByteReader(iterator), name);
  } finally {
    await iterator.return?.();
  }
}

async function* entriesOf(reader: ByteReader, name: string): AsyncGenerator<RecordEntry> {
  checkPrefix(await reader.take(PREFIX), name);
  for (;;) {
    const at = reader.offset;
    const prefix = await reader.take(ENTRY_PREFIX);
    if (!prefix) return;
    const view = new DataView(prefix.buffer, prefix.byteOffset, ENTRY_PREFIX);
    const [headerLength, bodyLength] = [view.getUint32(0, true), view.getUint32(4, true)];
    if (headerLength > MAX_HEADER || bodyLength > MAX_BODY)
      throw damaged(name, at, `lengths ${headerLength}, ${bodyLength}`);
    const text = await reader.take(headerLength);
    const body = text && (await reader.take(bodyLength));
    if (!text || !body) return;
    if (crc32(body, crc32(text)) !== view.getUint32(8, true)) throw damaged(name, at, "another checksum");
    yield { header: parseHeader(text, name, at), body };
  }
}

function checkPrefix(prefix: Uint8Array | null, name: string): void {
  if (!prefix || MAGIC.some((byte, i) => prefix[i] !== byte)) {
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: expected a recording of a pipeline, got something else`);
  }
  const version = new DataView(prefix.buffer, prefix.byteOffset).getUint32(MAGIC.length, true);
  if (version === VERSION) return;
  throw new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: expected a recording of version ${VERSION}, got ${version}`);
}

function parseHeader(text: Uint8Array, name: string, at: number): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
    if (typeof header === "object" && header !== null && !Array.isArray(header))
      return header as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw damaged(name, at, "a header that is no JSON object");
}

function damaged(name: string, at: number, got: string): ArcfaceError {
  return new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: expected an entry at byte ${at}, got ${got}: it is damaged`);
}

/** Exactly so many bytes at a time, out of chunks as they come. */
class ByteReader {
  offset = 0;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(chunks: AsyncIterator<Uint8Array>) {
    this.#chunks = chunks;
  }

  /** `null` where fewer are left. */
  async take(count: number): Promise<Uint8Array | null> {
    const parts: Uint8Array[] = [];
    for (let missing = count; ; ) {
      const part = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(part.length);
      missing -= part.length;
      parts.push(part);
      if (missing === 0) break;
      const { done, value } = await this.#chunks.next();
      if (done) return null;
      this.#rest = value;
    }
    this.offset += count;
    if (parts.length === 1) return parts[0]!;
    const bytes = new Uint8Array(count);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }
}
