import { createHash } from "node:crypto";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "../bytes/write-whole.node.ts";
import { ArcfaceError } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import { readSafetensorsFile } from "../safetensors/read-file.node.ts";
import { type Safetensors, writeSafetensors } from "../safetensors/safetensors.ts";

const NAME = /^checkpoint-(\d{9})\.safetensors$/;
/** A crash of the machine may damage the last one. */
const KEPT = 2;

const nameOf = (step: number): string => `checkpoint-${`${step}`.padStart(9, "0")}.safetensors`;

/**
 * Write a checkpoint into a run's folder, whole or not at all. The two latest are kept.
 *
 * @returns its path.
 * @throws {ArcfaceError} NO_SPACE, IO; those before are untouched then.
 */
export async function writeCheckpoint(folder: string, step: number, content: Safetensors): Promise<string> {
  const path = join(folder, nameOf(step));
  try {
    await mkdir(folder, { recursive: true });
    const metadata = { ...content.metadata, sha256: hashOf(content) };
    await writeWhole(path, each(writeSafetensors({ ...content, metadata })));
  } catch (error) {
    throw fileError(error, path, "writing a checkpoint", "those before are kept: make room, and resume");
  }
  const old = (await listCheckpoints(folder)).slice(KEPT);
  for (const { path } of old) await rm(path, { force: true });
  return path;
}

async function* each(parts: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* parts;
}

/** The latest first. A folder that is not there has none. */
async function listCheckpoints(folder: string): Promise<{ step: number; path: string }[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw fileError(error, folder, "reading");
  });
  return names
    .flatMap((name) => {
      const step = NAME.exec(name)?.[1];
      return step === undefined ? [] : [{ step: Number(step), path: join(folder, name) }];
    })
    .sort((a, b) => b.step - a.step);
}

export type FoundCheckpoint = Safetensors & { readonly path: string; readonly problems: readonly string[] };

/**
 * The latest checkpoint of a run's folder that can be read; damaged ones are passed over and told in `problems`.
 *
 * @returns `null` where there is none at all.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where there are some, all damaged.
 */
export async function latestCheckpoint(folder: string): Promise<FoundCheckpoint | null> {
  const problems: string[] = [];
  for (const { path } of await listCheckpoints(folder)) {
    try {
      return { ...(await readCheckpoint(path)), path, problems };
    } catch (error) {
      if (!(error instanceof ArcfaceError) || error.code !== "UNSUPPORTED_FORMAT") throw error;
      problems.push(error.message);
    }
  }
  if (problems.length === 0) return null;
  throw new ArcfaceError("UNSUPPORTED_FORMAT", `${folder}: every checkpoint is damaged: ${problems.join("; ")}`);
}

/** @throws {ArcfaceError} NOT_FOUND, IO; UNSUPPORTED_FORMAT where a bit of it is another than was written. */
export async function readCheckpoint(path: string): Promise<Safetensors> {
  const content = await readSafetensorsFile(path);
  const { sha256, ...metadata } = content.metadata;
  const checkpoint = { ...content, metadata };
  // Weights of another origin, with no hash, are for export.
  if (sha256 === undefined || sha256 === hashOf(checkpoint)) return checkpoint;
  throw new ArcfaceError("UNSUPPORTED_FORMAT", `${path}: expected the bytes that were written, got others: damaged`);
}

function hashOf({ tensors, metadata }: Safetensors): string {
  const hash = createHash("sha256").update(JSON.stringify(Object.entries(metadata).sort()));
  for (const [name, { data }] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(name).update(data);
  return hash.digest("hex");
}

/**
 * A checkpoint, or the latest one of a run's folder.
 *
 * @throws {ArcfaceError} NOT_FOUND, IO, UNSUPPORTED_FORMAT.
 */
export async function openCheckpoint(path: string): Promise<{ checkpoint: Safetensors; from: string }> {
  const isFolder = await stat(path).then(
    (there) => there.isDirectory(),
    () => false,
  );
  if (!isFolder) return { checkpoint: await readCheckpoint(path), from: path };
  const found = await latestCheckpoint(path);
  if (!found) throw new ArcfaceError("NOT_FOUND", `${path}: there is no checkpoint in this folder`);
  return { checkpoint: found, from: found.path };
}
