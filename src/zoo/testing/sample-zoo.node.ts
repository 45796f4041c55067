import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { integrityOf, type NpmRegistry, packTarball, startNpmRegistry } from "../../../test/npm-registry.ts";
import { ArcfaceError } from "../../errors.ts";
import { sha256 } from "../cache.node.ts";
import { cardFile } from "../cards.node.ts";
import type { Prepare, ZooOptions } from "../context.node.ts";
import { openZoo, type Zoo } from "../open-zoo.node.ts";

const LICENCE = { name: "MIT", commercial: true };
const NETWORK = {
  input: { name: "x", width: 8, height: 8, color: "RGB", mean: [0, 0, 0], scale: [1, 1, 1] },
  outputs: { embedding: "y" },
};

export const bytesOf = (seed: number, byteLength = 60_000): Uint8Array =>
  Uint8Array.from({ length: byteLength }, (_, i) => (Math.imul(i + 1, 2654435761 + seed) >>> 11) & 255);

/** What the published files of the sample hold. */
export const FILES = {
  "package/a.onnx": bytesOf(1),
  "package/b.onnx": bytesOf(2),
  "package/text.onnx": text("no model"),
};

/** Turns bytes about, as something to recognise; refuses text. */
export const prepare: Prepare = async (bytes, name) => {
  if (new TextDecoder().decode(bytes.subarray(0, 2)) === "no")
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: not ONNX`);
  return { model: bytes.toReversed(), notes: ["turned about"] };
};

export type SampleZoo = AsyncDisposable & {
  readonly registry: NpmRegistry;
  /** A folder of its own; the cache is `cache` in it. */
  readonly folder: string;
  readonly cardsDir: string;
  readonly cacheDir: string;
  readonly env: NodeJS.ProcessEnv;
  open(options?: Partial<ZooOptions>): Zoo;
  writeCard(slug: string, fields: object): Promise<void>;
};

/**
 * A registry, a folder and cards: `sample/a` and `sample/b` of one package, `sample/both` made of the two,
 * `sample/text` (no model), `sample/missing` (not in the package), `sample/wrong` (another sha256), `sample/far`
 * (an address) and `sample/unpinned` (an address whose sha256 nobody knows).
 */
export async function createSampleZoo(): Promise<SampleZoo> {
  const tarball = await packTarball(FILES);
  const registry = await startNpmRegistry([{ name: "sample", version: "1.0.0", tarball }]);
  const folder = await mkdtemp(join(tmpdir(), "arcface-zoo-"));
  const [cardsDir, cacheDir] = [join(folder, "cards"), join(folder, "cache")];
  const env = { HOME: folder, PATH: process.env.PATH, ARCFACE_CACHE: cacheDir, ...registry.env };
  const pin = { package: "sample", version: "1.0.0", integrity: integrityOf(tarball), byteLength: tarball.length };

  const writeCard = async (slug: string, fields: object) => {
    const path = join(cardsDir, cardFile(slug));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, stringify({ slug, title: slug, licence: LICENCE, ...fields }));
  };
  const stage = (source: object, pinned?: Uint8Array) => ({
    kind: "stage",
    model: { ...NETWORK, source, ...(pinned && { sha256: sha256(pinned), byteLength: pinned.length }) },
  });
  const npm = (file: string) => ({ npm: { ...pin, file } });

  await writeCard("sample/a", stage(npm("package/a.onnx"), FILES["package/a.onnx"]));
  await writeCard("sample/b", stage(npm("package/b.onnx"), FILES["package/b.onnx"]));
  await writeCard("sample/both", {
    kind: "detector",
    stages: { one: "sample/a", two: "sample/b" },
    parser: { name: "p" },
  });
  await writeCard("sample/text", stage(npm("package/text.onnx"), FILES["package/text.onnx"]));
  await writeCard("sample/missing", stage(npm("package/missing.onnx"), bytesOf(3)));
  await writeCard("sample/wrong", stage(npm("package/b.onnx"), bytesOf(4)));
  await writeCard("sample/far", stage({ url: "https://example.org/far.zip", entry: "far.onnx" }, bytesOf(5)));
  await writeCard("sample/unpinned", stage({ url: "https://example.org/unpinned.onnx" }));
  return {
    registry,
    folder,
    cardsDir,
    cacheDir,
    env,
    open: (options) => openZoo({ cardsDir, cacheDir, env, prepare, prepareVersion: "1", ...options }),
    writeCard,
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function text(words: string): Uint8Array {
  return new TextEncoder().encode(words);
}
