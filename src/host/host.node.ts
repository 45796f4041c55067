import { readFile } from "node:fs/promises";
import { ArcfaceError } from "../errors.ts";
import { createCodec } from "./codec.node.ts";
import type { Host } from "./host.ts";
import { createSession } from "./session.node.ts";

/** Node's: names are paths, pictures go through sharp, networks through onnxruntime-node. */
export function createNodeHost(): Host {
  return { codec: createCodec(), read: readBytes, createSession };
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR")
      throw new ArcfaceError("NOT_FOUND", `${path}: no such file`, { cause });
    if (code === "EISDIR")
      throw new ArcfaceError("INVALID_ARGUMENT", `${path}: expected a file, got a folder`, { cause });
    if (code === "ERR_FS_FILE_TOO_LARGE") throw new ArcfaceError("TOO_LARGE", `${path}: larger than 2 GiB`, { cause });
    throw new ArcfaceError("IO", `${path}: cannot be read: ${code ?? String(cause)}`, { cause });
  }
}
