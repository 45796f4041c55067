import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { type ModelServer, startModelServer } from "../../../test/model-server.ts";
import { integrityOf, type NpmRegistry, packTarball, startNpmRegistry } from "../../../test/npm-registry.ts";
import { packZip } from "../../../test/zip.ts";
import { ArcfaceError } from "../../errors.ts";
import { sha256 } from "../cache/cache.node.ts";
import { cardFile } from "../cards/cards.node.ts";
import type { Prepare, ZooOptions } from "../context.node.ts";
import { openZoo, type Zoo } from "../open-zoo.node.ts";
import { bytesOf } from "./sample-bytes.ts";

const LICENCE = { name: "MIT", commercial: true };
const NETWORK = {
  input: { name: "x", width: 8, height: 8, color: "RGB", mean: [0, 0, 0], scale: [1, 1, 1] },
  outputs: { embedding: "y" },
};

/** What the published files of the sample hold. */
export const FILES = {
  "package/a.onnx": bytesOf(1),
  "package/b.onnx": bytesOf(2),
  "package/text.onnx": text("no model"),
};

/** Two networks in a zip. */
const PACK = { "far.onnx": bytesOf(5), "farther.onnx": bytesOf(6) };

/** Turns bytes about, as something to recognise; refuses text. */
export const prepare: Prepare = async (bytes, name) => {
  if (new TextDecoder().decode(bytes.subarray(0, 2)) === "no")
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: not ONNX`);
  return { model: bytes.toReversed(), notes: ["turned about"] };
};

export type SampleZoo = AsyncDisposable & {
  readonly registry: NpmRegistry;
  /** Has what is only an address. */
  readonly server: ModelServer;
  /** A folder of its own; the cache is `cache` in it. */
  readonly folder: string;
  readonly cardsDir: string;
  readonly cacheDir: string;
  readonly env: NodeJS.ProcessEnv;
  open(options?: Partial<ZooOptions>): Zoo;
  writeCard(slug: string, fields: object): Promise<void>;
};

/**
 * A registry, a web server, a folder and cards: `sample/a` and `sample/b` of one package, `sample/both` made of the two,
 * `sample/text` (no model), `sample/missing` (not in the package), `sample/wrong` (another sha256), `sample/near` (an
 * address), `sample/far` and `sample/farther` (in a zip), and `sample/unpinned` (an address whose sha256 nobody knows).
 * No hub is asked.
 */
export async function createSampleZoo(): Promise<SampleZoo> {
  const tarball = await packTarball(FILES);
  const registry = await startNpmRegistry([{ name: "sample", version: "1.0.0", tarball }]);
  const files = { "/near.onnx": bytesOf(7), "/unpinned.onnx": bytesOf(8) };
  const pack = packZip(Object.entries(PACK).map(([name, bytes]) => ({ name, bytes })));
  const server = await startModelServer({ ...files, "/pack.zip": pack });
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
  await writeCard("sample/near", stage({ url: `${server.url}/near.onnx` }, files["/near.onnx"]));
  const inPack = (entry: keyof typeof PACK) => stage({ url: `${server.url}/pack.zip`, entry }, PACK[entry]);
  await writeCard("sample/far", inPack("far.onnx"));
  await writeCard("sample/farther", inPack("farther.onnx"));
  await writeCard("sample/unpinned", stage({ url: `${server.url}/unpinned.onnx` }));
  return {
    registry,
    server,
    folder,
    cardsDir,
    cacheDir,
    env,
    open: (options) => openZoo({ cardsDir, cacheDir, env, prepare, prepareVersion: "1", hub: null, ...options }),
    writeCard,
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function text(words: string): Uint8Array {
  return new TextEncoder().encode(words);
}
