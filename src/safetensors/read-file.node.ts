import { type FileHandle, open } from "node:fs/promises";
import { ArcfaceError } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import { headerLength, parseHeader } from "./header.ts";
import { type Safetensors, type StoredTensor, toStored } from "./safetensors.ts";

/** What Node reads in one call. */
const MOST = 2 ** 30;

/**
 * Read a safetensors file, tensor by tensor: it may be larger than 2 GB.
 *
 * @throws {ArcfaceError} NOT_FOUND, IO; UNSUPPORTED_FORMAT as readSafetensors.
 */
export async function readSafetensorsFile(path: string): Promise<Safetensors> {
  try {
    await using file = await open(path, "r");
    const { size } = await file.stat();
    const first = await readAt(file, 0, Math.min(8, size));
    const start = 8 + headerLength(first, size, path);
    const { entries, metadata } = parseHeader(await readAt(file, 8, start - 8), size - start, path);
    const tensors = new Map<string, StoredTensor>();
    for (const entry of entries) {
      const bytes = await readAt(file, start + entry.from, entry.to - entry.from);
      tensors.set(entry.name, toStored(entry, bytes.buffer));
    }
    return { tensors, metadata };
  } catch (error) {
    throw error instanceof ArcfaceError ? error : fileError(error, path, "reading");
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, Math.min(MOST, length - done), position + done);
    if (bytesRead === 0) throw new Error("the file became shorter while it was read");
    done += bytesRead;
  }
  return bytes;
}
