import type { ByteSink } from "../record-format.ts";

/** A recording in memory. */
export class MemorySink implements ByteSink {
  readonly #chunks: Uint8Array[] = [];
  closed = false;

  async write(bytes: Uint8Array): Promise<void> {
    this.#chunks.push(bytes.slice());
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  get bytes(): Uint8Array {
    const all = new Uint8Array(this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }
}

/** Bytes in pieces, as a file gives them. */
export async function* inChunks(bytes: Uint8Array, size: number = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
