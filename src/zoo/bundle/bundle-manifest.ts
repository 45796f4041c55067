import * as z from "zod";
import { ArcfaceError } from "../../errors.ts";
import { isAskable } from "../askable.ts";
import { cardSchema } from "../cards/card.ts";
import { PLATFORMS } from "../platform.ts";

export const MANIFEST_NAME = "bundle.json";
const FORMAT = "arcface-bundle";
const VERSION = 1;

const hex = z.string().regex(/^[0-9a-f]{64}$/);
const bundledFile = z.strictObject({
  /** What the published file is called. */
  name: z.string(),
  /** In the tar; models may share a file. */
  path: z.string(),
  sha256: hex,
  byteLength: z.number().int().nonnegative(),
});

const manifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  models: z.array(
    z.strictObject({
      /** As it is asked for. */
      slug: z.string().refine(isAskable, "expected team/model:variant"),
      platform: z.enum(PLATFORMS),
      /** Where it came from, where no shipped card pins it. */
      source: z.string().nullable(),
      card: cardSchema,
      /** As published. `null` for a model that is made of stages, or of nothing. */
      file: bundledFile.nullable(),
    }),
  ),
});

export type BundleManifest = z.infer<typeof manifestSchema>;
export type BundledModel = BundleManifest["models"][number];
export type BundledFile = z.infer<typeof bundledFile>;

export function formatManifest(models: readonly BundledModel[]): string {
  return `${JSON.stringify({ format: FORMAT, version: VERSION, models }, null, 2)}\n`;
}

/**
 * @param where what errors call the bundle.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT, which tells a bundle of a newer version from what is none.
 */
export function parseManifest(text: string, where: string): BundleManifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: not a bundle of models: its ${MANIFEST_NAME} is no JSON`, {
      cause,
    });
  }
  const head = z.object({ format: z.literal(FORMAT), version: z.number() }).safeParse(value);
  if (head.success && head.data.version > VERSION) {
    throw new ArcfaceError(
      "UNSUPPORTED_FORMAT",
      `${where}: made by a newer arcface: expected a bundle of version ${VERSION}, got ${head.data.version}`,
      { hint: "install that arcface here, or make the bundle with this one" },
    );
  }
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return checkFiles(parsed.data, where);
  const [issue] = parsed.error.issues;
  throw new ArcfaceError(
    "UNSUPPORTED_FORMAT",
    `${where}: not a bundle of models: ${MANIFEST_NAME}: ${issue?.path.join(".")}: ${issue?.message}`,
  );
}

/** Every file of the tar but the manifest, each once. */
export function filesOf(manifest: BundleManifest): Map<string, BundledFile> {
  return new Map(partsOf(manifest).map((file) => [file.path, file]));
}

function partsOf({ models }: BundleManifest): BundledFile[] {
  return models.flatMap(({ file }) => file ?? []);
}

/** Models may share a file, but not say different things of it; what a card pins is what comes. */
function checkFiles(manifest: BundleManifest, where: string): BundleManifest {
  const files = filesOf(manifest);
  const twice = partsOf(manifest).find(({ path, sha256 }) => files.get(path)?.sha256 !== sha256);
  if (twice) throw new ArcfaceError("UNSUPPORTED_FORMAT", `${where}: its manifest says two things of ${twice.path}`);
  for (const { slug, card, file } of manifest.models) {
    const pinned = card.model?.sha256;
    if (!file || pinned === file.sha256) continue;
    throw new ArcfaceError(
      "INTEGRITY",
      `${where}: ${slug}: its card pins sha256 ${pinned}, its file has ${file.sha256}`,
    );
  }
  return manifest;
}
