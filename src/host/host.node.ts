import { readFile } from "node:fs/promises";
import { fileError } from "../file-error.node.ts";
import { createCodec } from "./codec.node.ts";
import type { Host } from "./host.ts";
import { createSession } from "./session.node.ts";

/** Node's: names are paths, pictures go through sharp, networks through onnxruntime-node. */
export function createNodeHost(): Host {
  return { codec: createCodec(), read: readBytes, createSession };
}

async function readBytes(path: string): Promise<Uint8Array> {
  return readFile(path).catch((error: unknown) => {
    throw fileError(error, path, "reading a file");
  });
}
