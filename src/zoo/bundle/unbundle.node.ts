import { createReadStream } from "node:fs";
import { readTar, type TarFile } from "../../bytes/read-tar.ts";
import { streamOf } from "../../bytes/stream.ts";
import { ArcfaceError } from "../../errors.ts";
import { fileError } from "../../file-error.node.ts";
import { runRefusal } from "../../nn-archive/run-refusal.ts";
import { isArchive, openArchive } from "../archive/archive-file.ts";
import { sha256 } from "../cache/cache.node.ts";
import type { Card } from "../cards/card.ts";
import { gate } from "../cards/gate.node.ts";
import { hasModel, locked, type ZooContext } from "../context.node.ts";
import { keep } from "../keep.node.ts";
import {
  type BundledFile,
  type BundledModel,
  type BundleManifest,
  filesOf,
  MANIFEST_NAME,
  parseManifest,
} from "./bundle-manifest.ts";

type Options = { readonly signal?: AbortSignal | undefined };

const MAX_MANIFEST_BYTES = 1 << 24;
/** Room for thousands of models. */
const LIMITS = { maxEntries: 20_000, maxByteLength: 2 ** 40 };
const MAX_FILE_BYTES = 2 ** 31;

/**
 * Put the models of a bundle into the cache. Needs no network. Everything in it is looked at before anything enters:
 * every file against its sha256, every card against the one that ships, licences where commercial use is meant. What a
 * shipped card pins is thereby what it was; models that do not ship are as trustworthy as whoever made the bundle. Files
 * are prepared anew, so that nobody's preparation but ours runs.
 *
 * @returns slugs, with the stages.
 * @throws {ArcfaceError} NOT_FOUND, UNSUPPORTED_FORMAT where it is no bundle or of a newer version, INTEGRITY, LICENCE,
 *   TOO_LARGE, NO_SPACE, IO, CANCELLED; models are there whole or not at all.
 */
export async function unbundleModels(zoo: ZooContext, path: string, { signal }: Options = {}): Promise<string[]> {
  const manifest = await verified(path, signal);
  const strangers: BundledModel[] = [];
  for (const model of manifest.models) if (await isStranger(zoo, model, path)) strangers.push(model);
  const run = async () => {
    await zoo.cache.sweep();
    await fillFrom(zoo, path, manifest, signal);
    for (const { slug, platform, source, card, file } of strangers)
      if (file) await zoo.adopted.put({ slug, platform, source: source ?? path, card });
    return manifest.models.map(({ slug }) => slug);
  };
  return locked(zoo, path, run, signal);
}

/** Every file there, once, with the bytes that the manifest says. */
async function verified(path: string, signal: AbortSignal | undefined): Promise<BundleManifest> {
  let manifest: BundleManifest | null = null;
  let missing = new Map<string, BundledFile>();
  for await (const file of filesIn(path, signal)) {
    if (manifest === null) {
      manifest = await readManifest(file, path);
      missing = filesOf(manifest);
      continue;
    }
    const said = missing.get(file.path);
    if (!said)
      throw new ArcfaceError("UNSUPPORTED_FORMAT", `${path}: holds ${file.path}, of which its manifest says nothing`);
    if (file.byteLength !== said.byteLength || sha256(await file.bytes(MAX_FILE_BYTES)) !== said.sha256)
      throw new ArcfaceError("INTEGRITY", `${path}: ${file.path} has other bytes than its manifest says`);
    missing.delete(file.path);
  }
  const [gone] = missing.keys();
  if (manifest !== null && gone === undefined) return manifest;
  throw new ArcfaceError("UNSUPPORTED_FORMAT", `${path}: not a whole bundle: ${gone ?? MANIFEST_NAME} is missing`);
}

async function readManifest(file: TarFile, path: string): Promise<BundleManifest> {
  if (file.path !== MANIFEST_NAME)
    throw new ArcfaceError(
      "UNSUPPORTED_FORMAT",
      `${path}: not a bundle of models: expected ${MANIFEST_NAME} first, got ${file.path}`,
    );
  return parseManifest(new TextDecoder().decode(await file.bytes(MAX_MANIFEST_BYTES)), path);
}

/**
 * Whether no shipped card knows these bytes, so that theirs has to be kept.
 *
 * @throws {ArcfaceError} INTEGRITY where the shipped card means another file; LICENCE.
 */
async function isStranger(zoo: ZooContext, { slug, card, file }: BundledModel, path: string): Promise<boolean> {
  const shipped = await zoo.shipped.get(slug).catch((error): Card | null => {
    if (error instanceof ArcfaceError && (error.code === "NOT_FOUND" || error.code === "INVALID_ARGUMENT")) return null;
    throw error;
  });
  // What a bundle says of a licence does not change what we know.
  await gate(zoo, shipped ?? card);
  if (shipped === null) return true;
  const pinned = shipped.model?.sha256;
  if (!file || pinned === file.sha256) return false;
  if (pinned === undefined) return true;
  throw new ArcfaceError(
    "INTEGRITY",
    `${path}: ${slug}: expected sha256 ${pinned}, as its card here says, got ${file.sha256}`,
    {
      hint: "another version of arcface made the bundle: make it with this one",
    },
  );
}

/** Into the cache, one by one; compared again, as the file may have changed since it was looked at. */
async function fillFrom(zoo: ZooContext, path: string, { models }: BundleManifest, signal: AbortSignal | undefined) {
  const wanted = new Map<string, BundledModel>();
  for (const model of models)
    if (model.file && (await zoo.cache.check(model.file.sha256)) !== null) wanted.set(model.file.path, model);
  for await (const { path: name, bytes } of filesIn(path, signal)) {
    const { card, file } = wanted.get(name) ?? {};
    if (!card || !file) continue;
    const published = await bytes(MAX_FILE_BYTES);
    if (sha256(published) !== file.sha256) throw new ArcfaceError("INTEGRITY", `${path}: changed while it was read`);
    zoo.onLicence?.(card);
    await zoo.cache.put(file.sha256, { name: file.name, published });
    // What only a device runs is carried, too.
    if (hasModel(card) && !(await isForDevice(published, file.name))) await keep(zoo, card, published);
  }
}

async function isForDevice(published: Uint8Array<ArrayBuffer>, name: string): Promise<boolean> {
  return isArchive(published) && runRefusal(await openArchive(published, name)) !== null;
}

function filesIn(path: string, signal: AbortSignal | undefined): AsyncGenerator<TarFile> {
  return readTar(streamOf(chunksOf(path)), { name: path, limits: LIMITS, signal });
}

async function* chunksOf(path: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  try {
    for await (const chunk of createReadStream(path)) yield chunk;
  } catch (error) {
    throw fileError(error, path, "reading a bundle");
  }
}
