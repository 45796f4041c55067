import { toHex } from "./hex.ts";

/** Lower-case hex SHA-1: for names that others made so (DepthAI's cache folders), never to trust bytes by. */
export async function sha1Hex(bytes: Uint8Array): Promise<string> {
  const digest = await globalThis.crypto.subtle.digest("SHA-1", bytes as Uint8Array<ArrayBuffer>);
  return toHex(new Uint8Array(digest));
}
