import { open } from "node:fs/promises";
import { fileError } from "../file-error.node.ts";
import type { RandomBytes } from "./random-bytes.ts";

/** A file, open until it is disposed of. @throws {ArcfaceError} NOT_FOUND, IO. */
export async function openBytes(path: string): Promise<RandomBytes & AsyncDisposable> {
  const failed = (cause: unknown): never => {
    throw fileError(cause, path, "reading records");
  };
  const file = await open(path).catch(failed);
  const { size } = await file.stat().catch(failed);
  return {
    name: path,
    byteLength: size,
    async read(offset, length) {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      // A read may give less than is there.
      let got = 0;
      while (got < bytes.length) {
        const { bytesRead } = await file.read(bytes, got, bytes.length - got, offset + got).catch(failed);
        if (bytesRead === 0) break;
        got += bytesRead;
      }
      return bytes.subarray(0, got);
    },
    async [Symbol.asyncDispose]() {
      await file.close();
    },
  };
}
