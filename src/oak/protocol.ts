import * as z from "zod";
import { ArcfaceError } from "../errors.ts";

/** The bridge's messages; bridge.py's docstring tells what they are. */
export const BRIDGE_VERSION = 1;

export type BridgeMessage = { readonly header: Readonly<Record<string, unknown>>; readonly body: Uint8Array };

const MAGIC = "OAKB";
const PREFIX = 12;
/** Of tensors' names and sizes: a few kilobytes. */
const MAX_HEADER = 1 << 20;
/** Frames of 48 megapixels have 144 million bytes. */
const MAX_BODY = 2 ** 30;

export const helloSchema: z.ZodType<{ version: number; platform: string; deviceId: string; depthai: string }> =
  z.object({
    version: z.number(),
    platform: z.string(),
    deviceId: z.string(),
    depthai: z.string(),
  });

export function encodeMessage(
  header: Readonly<Record<string, unknown>>,
  bodies: readonly Uint8Array[] = [],
): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bodyLength = bodies.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(PREFIX + text.length + bodyLength);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(MAGIC));
  view.setUint32(4, text.length, true);
  view.setUint32(8, bodyLength, true);
  bytes.set(text, PREFIX);
  let at = PREFIX + text.length;
  for (const body of bodies) {
    bytes.set(body, at);
    at += body.length;
  }
  return bytes;
}

/** Puts messages together out of chunks as they come. */
export class MessageDecoder {
  #chunks: Uint8Array[] = [];
  #length = 0;

  /** @throws {ArcfaceError} UNSUPPORTED_FORMAT where the bytes are no messages. */
  push(chunk: Uint8Array): BridgeMessage[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const messages: BridgeMessage[] = [];
    for (let next = this.#next(); next; next = this.#next()) messages.push(next);
    return messages;
  }

  #next(): BridgeMessage | null {
    if (this.#length < PREFIX) return null;
    const prefix = this.#peek(PREFIX);
    const view = new DataView(prefix.buffer, prefix.byteOffset, PREFIX);
    const magic = String.fromCharCode(...prefix.subarray(0, 4));
    const [headerLength, bodyLength] = [view.getUint32(4, true), view.getUint32(8, true)];
    if (magic !== MAGIC) throw garbled(JSON.stringify(magic));
    if (headerLength > MAX_HEADER || bodyLength > MAX_BODY) throw garbled(`lengths ${headerLength} and ${bodyLength}`);
    const length = PREFIX + headerLength + bodyLength;
    if (this.#length < length) return null;
    const bytes = this.#peek(length);
    this.#chunks = this.#length > length ? [this.#chunks[0]!.subarray(length)] : [];
    this.#length -= length;
    return {
      header: parseHeader(bytes.subarray(PREFIX, PREFIX + headerLength)),
      body: bytes.slice(PREFIX + headerLength),
    };
  }

  /** The first bytes, in one piece. */
  #peek(length: number): Uint8Array {
    if (this.#chunks[0]!.length < length) {
      const all = new Uint8Array(this.#length);
      let at = 0;
      for (const chunk of this.#chunks) {
        all.set(chunk, at);
        at += chunk.length;
      }
      this.#chunks = [all];
    }
    return this.#chunks[0]!.subarray(0, length);
  }
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof header === "object" && header !== null && !Array.isArray(header))
      return header as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw garbled("a header that is no JSON object");
}

function garbled(got: string): ArcfaceError {
  return new ArcfaceError("UNSUPPORTED_FORMAT", `OAK bridge: expected a message of the bridge, got ${got}`);
}
