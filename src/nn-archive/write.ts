import { compress } from "../bytes/compress.ts";
import type { Compression } from "../bytes/decompress.ts";
import { type Bytes, chunksOf, streamOf } from "../bytes/stream.ts";
import { writeTar } from "../bytes/write-tar.ts";
import { expected } from "../errors.ts";
import { type NNArchiveConfig, type NNArchiveConfigInput, parseConfig } from "./config.ts";
import { NNArchive } from "./nn-archive.ts";
import { CONFIG_NAME } from "./read.ts";

export type ArchiveContents = {
  readonly config: NNArchiveConfigInput;
  /** The model and what belongs to it. */
  readonly files: ReadonlyMap<string, Bytes>;
};

export type WriteArchiveOptions = {
  /** Luxonis' tools make xz; gzip packs faster. */
  readonly compression?: Compression;
  /** What errors call the archive. */
  readonly name?: string;
  readonly signal?: AbortSignal | undefined;
};

/**
 * An NN archive: `config.json` first, then the files under their base names. Equal contents are equal bytes.
 *
 * An output of an EmbeddingsParser with two axes and no layout is written as "NF": without, a reader would guess "NC".
 *
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where the config breaks a rule of its schema, or the model is not among the
 *   files; INVALID_ARGUMENT where two files have one base name.
 */
export function writeArchive(
  { config, files }: ArchiveContents,
  { compression = "xz", name = "archive", signal }: WriteArchiveOptions = {},
): ReadableStream<Bytes> {
  const flat = new Map([...files].map(([path, bytes]) => [baseName(path), bytes]));
  if (flat.size < files.size || flat.has(CONFIG_NAME)) {
    const names = [...files.keys()].join(", ");
    throw expected(name, `files of different base names, none of them ${CONFIG_NAME}`, names);
  }
  // The same checks as when it is read.
  const archive = new NNArchive(name, withBaseName(parseConfig(withEmbeddingLayouts(config), name)), flat);
  const json = new TextEncoder().encode(JSON.stringify(archive.getConfig(), null, 4));
  const tar = streamOf(writeTar([[CONFIG_NAME, json], ...flat]));
  return compress(chunksOf(tar, name, signal), compression);
}

function withBaseName(config: NNArchiveConfig): NNArchiveConfig {
  const { metadata } = config.model;
  return { ...config, model: { ...config.model, metadata: { ...metadata, path: baseName(metadata.path) } } };
}

function withEmbeddingLayouts(config: NNArchiveConfigInput): NNArchiveConfigInput {
  const heads = config.model.heads ?? [];
  const isEmbedding = (output: string) =>
    heads.some(({ parser, outputs }) => parser === "EmbeddingsParser" && (outputs?.includes(output) ?? true));
  const outputs = config.model.outputs.map((output) =>
    output.shape?.length === 2 && !output.layout && isEmbedding(output.name) ? { ...output, layout: "NF" } : output,
  );
  return { ...config, model: { ...config.model, outputs } };
}

function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}
