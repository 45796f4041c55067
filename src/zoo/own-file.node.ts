import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { ArcfaceError } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import { isArchive, openArchive } from "./archive/archive-file.ts";
import { asBytes, sha256 } from "./cache/cache.node.ts";
import { type CardWithModel, locked, type ZooContext, type ZooModel } from "./context.node.ts";

/** A file of the user's: stays where it is; only what it becomes is cached. */
export async function ownModel(
  zoo: ZooContext,
  card: CardWithModel,
  path: string,
  signal: AbortSignal | undefined,
): Promise<ZooModel> {
  const bytes = await readModelFile(path);
  const id = sha256(bytes);
  checkSha256(card, id, path);
  const cached = await zoo.cache.read(id, zoo.prepareVersion);
  if (cached.state === "ready")
    return { card, model: cached.model, sha256: id, path: cached.path, notes: cached.notes };
  zoo.onProgress?.({ phase: "prepare", name: path });
  const network = isArchive(bytes) ? (await openArchive(bytes, path, signal)).model : bytes;
  const prepared = await zoo.prepare(network, path);
  const published = cached.state === "unprepared" ? cached.published : undefined;
  const entry = { name: basename(path), published, prepared: { ...prepared, version: zoo.prepareVersion } };
  await locked(zoo, path, () => zoo.cache.put(id, entry), signal).catch((error: ArcfaceError) => {
    if (error.code === "CANCELLED") throw error;
    zoo.onNotice?.(`${path} will be prepared again each time, as the model cache cannot keep it: ${error.message}`);
  });
  return { card, model: prepared.model, sha256: id, path: null, notes: prepared.notes };
}

/** @throws {ArcfaceError} NOT_FOUND, IO, TOO_LARGE */
export async function readModelFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return asBytes(await readFile(path));
  } catch (error) {
    throw fileError(error, path, "reading a model");
  }
}

/** @throws {ArcfaceError} INTEGRITY where the card pins another sha256. */
export function checkSha256(card: CardWithModel, actual: string, where: string): void {
  const pinned = card.model.sha256;
  if (pinned === undefined || pinned === actual) return;
  throw new ArcfaceError(
    "INTEGRITY",
    `${where}: expected the file of ${card.slug} with sha256 ${pinned}, got ${actual}`,
    {
      hint: "it is another file, or another version of it; a card of your own may pin this one, or none",
    },
  );
}
