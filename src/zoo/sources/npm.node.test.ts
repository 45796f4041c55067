import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { integrityOf, type NpmRegistry, packTarball, startNpmRegistry } from "../../../test/npm-registry.ts";
import { fetchNpmTarball, type NpmTarball } from "./npm.node.ts";

/** Larger than a socket's buffer, and nothing gzip could shrink: xorshift32 from seed 1. */
function incompressible(byteLength: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length: byteLength }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 255;
  });
}

const noise = incompressible(600_000);
let home = "";
let registry: NpmRegistry;
let published: Uint8Array;
let pin: NpmTarball;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "arcface-npm-"));
  published = await packTarball({ "package/model.onnx": noise });
  registry = await startNpmRegistry([{ name: "@team/models", version: "1.2.3", tarball: published }]);
  pin = { package: "@team/models", version: "1.2.3", integrity: integrityOf(published), byteLength: published.length };
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
});
beforeEach(() => {
  registry.mode = "ok";
  registry.token = null;
  registry.downloads.length = 0;
});

const env = (more: Record<string, string> = {}) => ({ HOME: home, ...registry.env, ...more });
const fetching = (tarball: NpmTarball = pin, more: Record<string, string> = {}) =>
  fetchNpmTarball(tarball, { env: env(more), cwd: home });

test("a tarball arrives whole, its progress is told, and npm's cache is left alone", async () => {
  const seen: number[] = [];
  const onProgress = (received: number, total: number) => seen.push(received / total);
  expect(await fetchNpmTarball(pin, { env: env(), cwd: home, onProgress })).toEqual(Uint8Array.from(published));
  expect(seen.length).toBeGreaterThan(1);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(seen.at(-1)).toBe(1);
  expect(await readdir(home)).toEqual([]);
});

test("the registry and its token are taken from the user's .npmrc", async () => {
  registry.token = "s3cret";
  const npmrc = join(home, "my.npmrc");
  const host = registry.url.slice("http:".length);
  await writeFile(npmrc, `@team:registry=${registry.url}\n${host}/:_authToken=s3cret\nfetch-retries=0\n`);
  const fetched = await fetchNpmTarball(pin, { env: { HOME: home, npm_config_userconfig: npmrc }, cwd: home });
  await rm(npmrc);
  expect(fetched.length).toBe(published.length);
});

test("a registry that wants a token is NETWORK, and says that it refuses", async () => {
  registry.token = "s3cret";
  await expect(fetching()).rejects.toMatchObject({ code: "NETWORK", message: expect.stringContaining("refuses: 401") });
});

test.each([
  ["404", "NOT_FOUND", "npm: the registry has no @team/models@1.2.3"],
  ["500", "NETWORK", "500"],
  ["cut", "NETWORK", "npm: @team/models@1.2.3 could not be fetched"],
  ["wrong-bytes", "INTEGRITY", "npm: @team/models@1.2.3: expected the bytes its card pins by sha512, got others"],
] as const)("a registry that answers a tarball with %s is %s", async (mode, code, message) => {
  registry.mode = mode;
  await expect(fetching()).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  expect(registry.downloads.length).toBe(1);
  expect(await readdir(home)).toEqual([]);
});

test("an unknown package and an unknown version are NOT_FOUND", async () => {
  await expect(fetching({ ...pin, package: "no-such" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(fetching({ ...pin, version: "9.9.9" })).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("a registry that says another integrity than the card is INTEGRITY before anything is fetched", async () => {
  await expect(fetching({ ...pin, integrity: integrityOf(noise) })).rejects.toMatchObject({ code: "INTEGRITY" });
  expect(registry.downloads).toEqual([]);
});

test("a tarball larger than its card says is INTEGRITY", async () => {
  await expect(fetching({ ...pin, byteLength: 1000 })).rejects.toMatchObject({
    code: "INTEGRITY",
    message: expect.stringContaining("more than 1000 bytes"),
  });
});

test("no network is NETWORK, at once, and says what to do", async () => {
  // Port 9 is discard's: nothing listens there.
  const error = await fetching(pin, { npm_config_registry: "http://127.0.0.1:9" }).catch((caught) => caught);
  expect(error).toMatchObject({ code: "NETWORK", hint: expect.stringContaining("npm view @team/models@1.2.3") });
  expect(error.hint).toContain("ARCFACE_CACHE");
});

test("a registry that stumbles once is asked again, sooner than npm's ten seconds", async () => {
  registry.mode = "500";
  const mend = setInterval(() => {
    if (registry.downloads.length > 0) registry.mode = "ok";
  }, 10);
  const start = performance.now();
  const usual = { HOME: home, npm_config_registry: registry.url, npm_config_userconfig: "/dev/null" };
  const fetched = await fetchNpmTarball(pin, { env: usual, cwd: home }).finally(() => clearInterval(mend));
  expect(fetched.length).toBe(published.length);
  expect(registry.downloads.length).toBe(2);
  expect(performance.now() - start).toBeLessThan(5000);
});

test("npm configured to be offline is NETWORK, and nothing is asked", async () => {
  await expect(fetching(pin, { npm_config_offline: "true" })).rejects.toMatchObject({ code: "NETWORK" });
  expect(registry.downloads).toEqual([]);
});

test("a signal ends a slow download", async () => {
  registry.mode = "slow";
  const controller = new AbortController();
  const fetched = fetchNpmTarball(pin, {
    env: env(),
    cwd: home,
    onProgress: () => controller.abort(),
    signal: controller.signal,
  });
  await expect(fetched).rejects.toMatchObject({ code: "CANCELLED" });
  await expect(fetchNpmTarball(pin, { env: env(), signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: "CANCELLED",
  });
});
