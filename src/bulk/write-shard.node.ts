import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "../bytes/write-whole.node.ts";
import { fileError } from "../file-error.node.ts";
import type { FaceDetection } from "../geometry/detection.ts";
import { NPY_DATA, npyHeader } from "../tensor/npy.ts";
import type { EmbeddedPhotographs } from "./embed-photographs.ts";
import type { FinishedShard, MissedPhotograph, Shard } from "./run-state.node.ts";

/** A shard's files, without their endings. */
export function shardName(shard: number): string {
  return `embeddings-${`${shard}`.padStart(5, "0")}`;
}

/**
 * Write a shard's two files, `….npy`, a row a face, and `….jsonl`, a line a row: each whole or not at all, over what a
 * killed run left. Where no face was found there are none.
 *
 * @param parts of its photographs, in order.
 * @param size numbers in an embedding.
 * @throws {ArcfaceError} NO_SPACE, IO.
 */
export async function writeShard(
  folder: string,
  { shard, photographs }: Shard,
  parts: readonly EmbeddedPhotographs[],
  size: number,
): Promise<FinishedShard> {
  const found = parts.flatMap((part) => part.found);
  const lines: string[] = [];
  const missed: MissedPhotograph[] = [];
  for (const [i, photograph] of photographs.entries()) {
    const one = found[i]!;
    if ("missed" in one) missed.push({ photograph, ...one.missed });
    else for (const face of one.faces) lines.push(`${JSON.stringify({ photograph, ...plain(face) })}\n`);
  }
  const path = join(folder, shardName(shard));
  const rows = parts.map((part) => bytesOf(part.rows));
  if (lines.length === 0) return { shard, faces: 0, missed };
  await write(`${path}.npy`, [npyHeader([lines.length, size]), ...rows]);
  await write(`${path}.jsonl`, [Buffer.from(lines.join(""))]);
  return { shard, faces: lines.length, missed };
}

/** Every shard's rows as one file, and every shard's lines as another beside it. @throws {ArcfaceError} NO_SPACE, IO. */
export async function joinShards(
  folder: string,
  finished: readonly FinishedShard[],
  size: number,
  paths: { readonly npy: string; readonly lines: string },
): Promise<void> {
  const faces = finished.reduce((sum, shard) => sum + shard.faces, 0);
  const files = finished.filter((one) => one.faces > 0).map(({ shard }) => join(folder, shardName(shard)));
  async function* rows(): AsyncGenerator<Uint8Array> {
    yield npyHeader([faces, size]);
    for (const file of files) yield* chunks(`${file}.npy`, NPY_DATA);
  }
  async function* lines(): AsyncGenerator<Uint8Array> {
    for (const file of files) yield* chunks(`${file}.jsonl`, 0);
  }
  await write(paths.lines, lines());
  await write(paths.npy, rows());
  await rm(folder, { recursive: true });
}

export async function writeMissed(path: string, missed: readonly MissedPhotograph[]): Promise<void> {
  await write(path, [Buffer.from(missed.map((one) => `${JSON.stringify(one)}\n`).join(""))]);
}

async function write(path: string, contents: readonly Uint8Array[] | AsyncIterable<Uint8Array>): Promise<void> {
  const all = Array.isArray(contents) ? each(contents) : (contents as AsyncIterable<Uint8Array>);
  await writeWhole(path, all).catch((error: unknown) => {
    throw fileError(error, path, "writing embeddings");
  });
}

async function* each(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

async function* chunks(path: string, start: number): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  yield* file.createReadStream({ start }) as AsyncIterable<Uint8Array>;
}

/** Boxes and landmarks to a hundredth of a pixel; of a crop that was aligned before there is none. */
function plain({ box, score, landmarks }: FaceDetection): object {
  if (box[2] <= box[0]) return {};
  return {
    box: box.map(hundredths),
    score: Math.round(score * 1e4) / 1e4,
    landmarks: landmarks.map((point) => point.map(hundredths)),
  };
}

const hundredths = (value: number): number => Math.round(value * 100) / 100;

/** Little-endian machines alone run ONNX Runtime. */
function bytesOf(rows: Float32Array): Uint8Array {
  return new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
}
