import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type HubServer, startHubServer } from "../../../../test/hub-server.ts";
import { NNModelDescription } from "../../description.ts";
import { bytesOf } from "../../testing/sample-bytes.ts";
import { type GetModelOptions, getModelFromZoo } from "../get-model.node.ts";

export const SLUG = "luxonis/arcface:lfw-112x112";
/** DepthAI's name for that model's folder, for RVC2. */
export const FOLDER = "d531e568f97503be067886bdd2b2618b4f5f92dc";
export const FILE = "arcface.rvc2.tar.xz";
export const BYTES: Uint8Array = bytesOf(1, 300_000);

/** A hub with one model, for RVC2, RVC4 and as ONNX, and an empty cache. */
export async function createSampleHub() {
  const folder = await mkdtemp(join(tmpdir(), "arcface-hub-"));
  const hub: HubServer = await startHubServer([
    { slug: SLUG, type: "RVC2", files: { [FILE]: BYTES } },
    { slug: SLUG, type: "RVC4", precision: "INT8", files: { "arcface.rvc4.tar.xz": bytesOf(2, 1000) } },
    { slug: SLUG, type: "ONNX", files: { "arcface.onnx.tar.xz": bytesOf(3, 2000) } },
  ]);
  const cacheDirectory = join(folder, "cache");
  const options: GetModelOptions = { cacheDirectory, env: hub.env, retries: 0, backoffMs: 1 };
  return {
    folder,
    hub,
    cacheDirectory,
    options,
    get: (over: GetModelOptions = {}) => getModelFromZoo(new NNModelDescription(SLUG, "RVC2"), { ...options, ...over }),
    /** Paths below the cache, without the locks' files. */
    async left(): Promise<string[]> {
      const all = await readdir(cacheDirectory, { recursive: true }).catch((): string[] => []);
      return all.filter((path) => !path.startsWith(".locks")).sort();
    },
    read: (...path: string[]) => readFile(join(cacheDirectory, ...path), "utf8"),
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type SampleHub = Awaited<ReturnType<typeof createSampleHub>>;
