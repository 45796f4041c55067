import { createHash } from "node:crypto";
import { readdirSync, rmSync, statSync } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { PART, writeWhole } from "../bytes/write-whole.node.ts";
import { ArcfaceError } from "../errors.ts";
import type { IndexKeeper, KeptIndex } from "./index-keeper.ts";

/** What the file begins with; then a uint32 that says how many bytes of JSON follow: a `Header`. */
const MAGIC = "ArcFace int8 1\n\0";
const HASH_BYTES = 32;

/** After it come the blocks, template ids and person ids as float64, and the sha256 of all that is before. */
type Header = {
  readonly fingerprint: string;
  readonly dimension: number;
  readonly lastTemplate: number;
  readonly blocks: number;
  readonly blockBytes: number;
  readonly templates: number;
  readonly people: number;
};

/** Beside a gallery: its templates as int8. It is biometric data, too. */
function indexPath(galleryPath: string): string {
  return `${resolve(galleryPath)}.index`;
}

/** Keeps a gallery's index in a file beside it, for its owner's eyes alone. */
export function createIndexFile(galleryPath: string): IndexKeeper {
  const path = indexPath(galleryPath);
  return {
    open: (fingerprint) => openIndex(path, fingerprint).catch(() => null),

    async save(fingerprint, { dimension, lastTemplate }, { blocks, templateIds, personIds }) {
      const header: Header = {
        fingerprint,
        dimension,
        lastTemplate,
        blocks: blocks.length,
        blockBytes: blocks[0]?.byteLength ?? 0,
        templates: templateIds.length,
        people: personIds.length,
      };
      removeParts(path, ABANDONED_MS);
      await writeWhole(path, withHash([headerBytes(header), ...blocks, bytesOf(templateIds), bytesOf(personIds)]), {
        mode: 0o600,
      });
    },

    drop: () => rm(path, { force: true }),
  };
}

/** The file, and what others are writing or a killed process left of one. */
export function removeIndexFiles(galleryPath: string): void {
  const path = indexPath(galleryPath);
  rmSync(path, { force: true });
  removeParts(path, 0);
}

/** No process writes an index for so long. */
const ABANDONED_MS = 10 * 60_000;

/** @param untouchedMs how long they were not written to. */
function removeParts(path: string, untouchedMs: number): void {
  const folder = dirname(path);
  for (const name of readdirSync(folder)) {
    if (!PART.test(name) || !name.startsWith(`${basename(path)}.`)) continue;
    const part = join(folder, name);
    const changed = statSync(part, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (Date.now() - changed >= untouchedMs) rmSync(part, { force: true });
  }
}

/**
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where the file is none of ours or cut off; MODEL_MISMATCH where its templates
 * are of another recogniser.
 */
export async function openIndex(path: string, fingerprint: string): Promise<KeptIndex> {
  const file = await open(path);
  try {
    const { header, bytes: first } = await readHeader(file, path);
    if (header.fingerprint !== fingerprint) {
      const text = `${path}: expected templates of ${fingerprint}, got ${header.fingerprint}`;
      throw new ArcfaceError("MODEL_MISMATCH", text);
    }
    const rowBytes = header.blocks * header.blockBytes;
    const expectedBytes = first.length + rowBytes + (header.templates + header.people) * 8 + HASH_BYTES;
    const { size } = await file.stat();
    if (size !== expectedBytes) throw damaged(path, `${expectedBytes} bytes`, `${size}`);
    const [templateIds, personIds] = [new Float64Array(header.templates), new Float64Array(header.people)];
    await read(file, bytesOf(templateIds), first.length + rowBytes);
    await read(file, bytesOf(personIds), first.length + rowBytes + templateIds.byteLength);
    const fill = (blocks: readonly Uint8Array[]): Promise<void> =>
      fillBlocks(path, header, [first, ...blocks, bytesOf(templateIds), bytesOf(personIds)]);
    return { ...header, templateIds, personIds, fill };
  } finally {
    await file.close();
  }
}

/** @param parts the file's, of which blocks are read and the others were. */
async function fillBlocks(path: string, header: Header, parts: readonly Uint8Array[]): Promise<void> {
  if (parts.length !== header.blocks + 3 || (parts[1]?.byteLength ?? 0) !== header.blockBytes) {
    throw damaged(path, "blocks as this version has them", `${header.blocks} of ${header.blockBytes} bytes`);
  }
  const file = await open(path);
  try {
    const hash = createHash("sha256");
    let at = 0;
    for (const [i, part] of parts.entries()) {
      if (i > 0 && i <= header.blocks) await read(file, part, at);
      hash.update(part);
      at += part.byteLength;
    }
    const written = new Uint8Array(HASH_BYTES);
    await read(file, written, at);
    if (!hash.digest().equals(written)) throw damaged(path, "bytes of the sha256 at its end", "others");
  } finally {
    await file.close();
  }
}

async function readHeader(file: FileHandle, path: string): Promise<{ header: Header; bytes: Uint8Array }> {
  const start = new Uint8Array(MAGIC.length + 4);
  await read(file, start, 0);
  if (new TextDecoder().decode(start.subarray(0, MAGIC.length)) !== MAGIC)
    throw damaged(path, "an index", "another file");
  const length = new DataView(start.buffer).getUint32(MAGIC.length, true);
  if (length > 2 ** 16) throw damaged(path, "a header", `one of ${length} bytes`);
  const bytes = new Uint8Array(start.length + length);
  await read(file, bytes, 0);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(start.length))) as Header;
  return { header, bytes };
}

function headerBytes(header: Header): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(MAGIC.length + 4 + json.length);
  bytes.set(new TextEncoder().encode(MAGIC));
  new DataView(bytes.buffer).setUint32(MAGIC.length, json.length, true);
  bytes.set(json, MAGIC.length + 4);
  return bytes;
}

async function* withHash(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for (const part of parts) {
    hash.update(part);
    yield part;
  }
  yield hash.digest();
}

async function read(file: FileHandle, into: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await file.read(into, done, into.length - done, at + done);
    if (bytesRead === 0)
      throw new ArcfaceError("UNSUPPORTED_FORMAT", `index: expected bytes at ${at + done}, got the end`);
    done += bytesRead;
  }
}

function bytesOf(numbers: Float64Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

function damaged(path: string, what: string, got: string): ArcfaceError {
  return new ArcfaceError("UNSUPPORTED_FORMAT", `${path}: expected ${what}, got ${got}`);
}
