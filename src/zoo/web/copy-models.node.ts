import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { writeWhole } from "../../bytes/write-whole.node.ts";
import { throwIfCancelled } from "../../errors.ts";
import { fileError } from "../../file-error.node.ts";
import { type ExecutionProvider, RUNTIME_FILES } from "../../host/runtime-files.ts";
import { sha256 } from "../cache/cache.node.ts";
import type { Card } from "../cards/card.ts";
import type { ZooModel } from "../context.node.ts";
import { parseIndex } from "../sources/model-index.ts";
import { isRuntimeFileName, runtimeFileName } from "./runtime-names.ts";

export type CopiedFile = { readonly name: string; readonly path: string; readonly byteLength: number };

export type CopyOptions = {
  /** ONNX Runtime's files for browsers, of these execution providers. Default: none. */
  readonly runtimes?: readonly ExecutionProvider[];
  readonly signal?: AbortSignal | undefined;
};

type Entry = { sha256: string; preparedFrom?: string; byteLength: number; files: [string]; card?: object };

/**
 * Make a folder for a web server to serve to browsers, or add to one: networks as they run, ONNX Runtime's files under
 * `ort/`, and an `index.json` (see model-index.ts) with the cards. Files bear a part of their hash in their names and
 * the index is written last, so that pages go on working meanwhile; what is there already is not written again.
 *
 * @param models as Zoo.ensure gives them, by slug.
 * @throws {ArcfaceError} NO_SPACE, IO, CANCELLED; UNSUPPORTED_FORMAT where an index.json is there that is none of ours.
 */
export async function copyModels(
  folder: string,
  models: ReadonlyMap<string, ZooModel>,
  { runtimes = [], signal }: CopyOptions = {},
): Promise<CopiedFile[]> {
  const where = join(folder, "index.json");
  const index = await readIndex(where);
  const copied: CopiedFile[] = [];
  const put = async (name: string, file: string, bytes: Uint8Array): Promise<Entry> => {
    throwIfCancelled(signal, folder);
    const id = sha256(bytes);
    const path = join(folder, file);
    if (!(await holds(path, id))) await write(path, bytes, folder);
    copied.push({ name, path, byteLength: bytes.length });
    return { sha256: id, byteLength: bytes.length, files: [file] };
  };

  for (const [slug, { card, model, sha256: published }] of models) {
    if (model === null) {
      index[slug] = { card };
      continue;
    }
    const name = `${slug.replaceAll(":", "@")}.${sha256(model).slice(0, 16)}.onnx`;
    const entry = await put(slug, name, model);
    const prepared = published === null || published === entry.sha256 ? {} : { preparedFrom: published };
    index[slug] = { ...entry, ...prepared, card: withoutFile(card) };
  }
  if (runtimes.length > 0) for (const name of Object.keys(index)) if (isRuntimeFileName(name)) delete index[name];
  for (const file of runtimes.flatMap((provider) => Object.values(RUNTIME_FILES[provider]))) {
    const name = runtimeFileName(file);
    index[name] = await put(name, `ort/${file}`, await readFile(resolveRuntime(file)));
  }
  throwIfCancelled(signal, folder);
  const sorted = Object.fromEntries(Object.entries(index).sort(([a], [b]) => (a < b ? -1 : 1)));
  await write(where, `${JSON.stringify(sorted, null, 2)}\n`, folder);
  return copied;
}

function resolveRuntime(file: string): string {
  return createRequire(import.meta.url).resolve(`onnxruntime-web/${file}`);
}

/** What the index says of the file goes for the card. */
function withoutFile(card: Card): object {
  if (!card.model) return card;
  const { source, sha256, byteLength, ...model } = card.model;
  return { ...card, model };
}

async function readIndex(path: string): Promise<Record<string, unknown>> {
  try {
    return { ...parseIndex(await readFile(path, "utf8"), path) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return {};
    throw code === "UNSUPPORTED_FORMAT" ? error : fileError(error, path, "reading the folder's index");
  }
}

async function holds(path: string, id: string): Promise<boolean> {
  const bytes = await readFile(path).catch(() => null);
  return bytes !== null && sha256(bytes) === id;
}

async function write(path: string, contents: Uint8Array | string, folder: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeWhole(path, contents);
  } catch (error) {
    throw fileError(error, folder, "copying models");
  }
}
