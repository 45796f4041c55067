import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { ArcfaceError } from "../../errors.ts";
import { fileError } from "../../file-error.node.ts";
import type { Digest } from "./digest.ts";

const SPEAKERS: Readonly<Record<Digest["by"], string>> = {
  hub: "the hub says it has",
  storage: "the storage says it holds",
  cache: "were downloaded",
};

/**
 * Hold a file against all that is known of it.
 *
 * @param name what errors call it.
 * @throws {ArcfaceError} INTEGRITY; NOT_FOUND, IO where it cannot be read.
 */
export async function verifyFile(path: string, name: string, digests: readonly Digest[]): Promise<void> {
  const hashes = new Map(digests.map(({ algorithm }) => [algorithm, createHash(algorithm)]));
  await pipeline(createReadStream(path), async (chunks: AsyncIterable<Uint8Array>) => {
    for await (const chunk of chunks) for (const hash of hashes.values()) hash.update(chunk);
  }).catch((error) => {
    throw fileError(error, path, "reading a downloaded model");
  });
  const got = new Map([...hashes].map(([algorithm, hash]) => [algorithm, hash.digest("hex")]));
  const wrong = digests.filter(({ algorithm, hex }) => got.get(algorithm) !== hex);
  const [first] = wrong;
  if (first === undefined) return;
  const { algorithm, hex, by } = first;
  throw new ArcfaceError(
    "INTEGRITY",
    `hub: ${name}: expected the bytes that ${SPEAKERS[by]}, ${algorithm} ${hex}, got ${got.get(algorithm)}`,
    { hint: hintOf(wrong, digests) },
  );
}

function hintOf(wrong: readonly Digest[], digests: readonly Digest[]): string {
  const onlyHub = wrong.every(({ by }) => by === "hub") && digests.some(({ by }) => by === "storage");
  if (wrong[0]?.by === "cache") return "something changed the file in the cache: remove it, and it is downloaded again";
  if (!onlyHub) return "something on the way, or where the file lies, changed it: do not use it";
  return (
    "they came as the storage holds them, so either the file was exchanged there or the hub's hash is not one of the " +
    "file; ARCFACE_HUB_HASH=version takes it for a mark of the version alone"
  );
}
