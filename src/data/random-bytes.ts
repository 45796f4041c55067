/** Bytes that are read at any place, as of a file. */
export interface RandomBytes {
  /** What errors call them. */
  readonly name: string;
  readonly byteLength: number;
  /** @returns `length` bytes from `offset` on; fewer where they end. @throws {ArcfaceError} IO */
  read(offset: number, length: number): Promise<Uint8Array>;
}

export function bytesOf(bytes: Uint8Array, name: string): RandomBytes {
  return {
    name,
    byteLength: bytes.length,
    async read(offset, length) {
      return bytes.subarray(offset, offset + length);
    },
  };
}
