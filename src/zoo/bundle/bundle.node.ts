import { readFileSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { writeTar } from "../../bytes/write-tar.ts";
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
 * fetched first. A tar: `bundle.json` (see bundle-manifest.ts), then the files as published and as prepared; equal
 * caches make equal bundles, byte by byte.
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
    for (const [path, file] of filesOf(manifest)) {
      // One at a time: a bundle may be larger than the memory.
      const [, id, name] = path.split("/") as [string, string, string];
      const bytes = readFileSync(zoo.cache.place(id, name));
      if (sha256(bytes) !== file.sha256)
        throw new ArcfaceError("INTEGRITY", `bundle: ${zoo.cache.place(id, name)} has changed meanwhile`);
      yield [path, bytes];
    }
  }

  const part = `${out}.part-${Math.random().toString(36).slice(2)}`;
  let byteLength = 0;
  try {
    const file = await open(part, "wx");
    try {
      for await (const chunk of writeTar(files())) {
        throwIfCancelled(signal, "bundle");
        await file.writeFile(chunk);
        byteLength += chunk.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, out);
  } catch (error) {
    await rm(part, { force: true }).catch(() => {});
    throw fileError(error, out, "writing a bundle");
  }
  return { path: out, byteLength, slugs: entries.map(({ slug }) => slug) };
}

async function describe(zoo: ZooContext, slug: string, { card, sha256: id }: ZooModel): Promise<BundledModel> {
  const adopted = await zoo.adopted.get(slug, zoo.platform);
  const model = { slug, platform: zoo.platform, source: adopted?.source ?? null, card };
  const made = card.model !== undefined && "net" in card.model.source;
  if (id === null || made) return { ...model, file: null };
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
  const { published, prepared } = entry;
  // Also what people added, which no card pins here.
  const pinned = { ...card, model: { ...card.model, sha256: id, byteLength: published.byteLength } } as Card;
  const place = (file: string): string => `models/${id}/${file}`;
  return {
    ...model,
    card: pinned,
    file: {
      name: published.file,
      published: { path: place(published.file), sha256: published.sha256, byteLength: published.byteLength },
      prepared: prepared
        ? {
            path: place(prepared.file),
            sha256: prepared.sha256,
            byteLength: prepared.byteLength,
            version: prepared.version,
            notes: prepared.notes,
          }
        : null,
    },
  };
}
