import { readFileSync } from "node:fs";
import { writeTar } from "../../bytes/write-tar.ts";
import { writeWhole } from "../../bytes/write-whole.node.ts";
import { ArcfaceError, expected, throwIfCancelled } from "../../errors.ts";
import { fileError } from "../../file-error.node.ts";
import { sha256 } from "../cache/cache.node.ts";
import type { Card } from "../cards/card.ts";
import type { ZooContext, ZooModel } from "../context.node.ts";
import { ensureModels } from "../models.node.ts";
import { type BundledModel, filesOf, formatManifest, MANIFEST_NAME, parseManifest } from "./bundle-manifest.ts";

type Options = { readonly signal?: AbortSignal | undefined };

export type Bundled = { readonly path: string; readonly byteLength: number; readonly slugs: readonly string[] };

/**
 * Put models, and the stages these are made of, into one file for a machine without a network. What is not cached is
 * fetched first. A tar: `bundle.json` (see bundle-manifest.ts), then the files as published; equal models make equal
 * bundles, byte by byte.
 *
 * @throws {ArcfaceError} as ensureModels; INVALID_ARGUMENT where nothing is named; NO_SPACE, IO: then there is no file.
 */
export async function bundleModels(
  zoo: ZooContext,
  slugs: readonly string[],
  out: string,
  { signal }: Options = {},
): Promise<Bundled> {
  if (slugs.length === 0) throw expected("bundle", "models, as team/model", "none");
  const models = await ensureModels(zoo, slugs, { signal });
  const entries: BundledModel[] = [];
  for (const slug of [...models.keys()].sort()) entries.push(await describe(zoo, slug, models.get(slug)!));
  const manifest = parseManifest(formatManifest(entries), out);
  const text = new TextEncoder().encode(formatManifest(manifest.models));

  function* files(): Generator<[string, Uint8Array]> {
    yield [MANIFEST_NAME, text];
    for (const { path, name, sha256: id } of filesOf(manifest).values()) {
      // One at a time: a bundle may be larger than the memory.
      const bytes = readFileSync(zoo.cache.place(id, name));
      if (sha256(bytes) !== id)
        throw new ArcfaceError("INTEGRITY", `bundle: ${zoo.cache.place(id, name)} has changed meanwhile`);
      yield [path, bytes];
    }
  }

  let byteLength = 0;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for await (const chunk of writeTar(files())) {
      throwIfCancelled(signal, "bundle");
      byteLength += chunk.length;
      yield chunk;
    }
  }

  await writeWhole(out, chunks()).catch((error: unknown) => {
    throw fileError(error, out, "writing a bundle");
  });
  return { path: out, byteLength, slugs: entries.map(({ slug }) => slug) };
}

async function describe(zoo: ZooContext, slug: string, { card, sha256: id }: ZooModel): Promise<BundledModel> {
  const adopted = await zoo.adopted.get(slug, zoo.platform);
  const model = { slug, platform: zoo.platform, source: adopted?.source ?? null, card };
  if (card.model && "net" in card.model.source) return { ...model, slug: card.slug, file: null };
  if (id === null) return { ...model, file: null };
  const entry = await zoo.cache.entry(id);
  if (!entry?.published) {
    throw new ArcfaceError(
      "INVALID_ARGUMENT",
      `bundle: ${slug} is a file of your own, which is not in the model cache`,
      {
        hint: `\`arcface models add ${slug} FILE\` puts it there`,
      },
    );
  }
  const { file: name, byteLength } = entry.published;
  return {
    ...model,
    // Also what people added, which no card pins here.
    card: { ...card, model: { ...card.model, sha256: id, byteLength } } as Card,
    file: { name, path: `models/${id}/${name}`, sha256: id, byteLength },
  };
}
