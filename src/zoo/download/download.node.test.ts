import { spawn, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ModelServer, startModelServer } from "../../../test/model-server.ts";
import { sha256 } from "../cache/cache.node.ts";
import { bytesOf } from "../testing/sample-bytes.ts";
import { type DownloadOptions, download } from "./download.node.ts";

const FILE = bytesOf(1, 300_000);
const ID = sha256(FILE);

let server: ModelServer;
let folder = "";
let path = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "arcface-download-"));
  path = join(folder, "model.onnx");
  server = await startModelServer({ "/model.onnx": FILE });
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const get = (options: Partial<DownloadOptions> = {}) =>
  download({ urls: [`${server.url}/model.onnx`], path, sha256: ID, retries: 1, backoffMs: 1, ...options });
const left = () => readdir(folder);

test("a file arrives whole, its progress goes up to its end, and nothing is left beside it", async () => {
  const seen: [number, number | null][] = [];
  const got = await get({ onProgress: (received, total) => seen.push([received, total]) });
  expect(got).toEqual({ path, sha256: ID, byteLength: FILE.length });
  expect(Buffer.compare(await readFile(path), FILE)).toBe(0);
  expect(seen).toEqual([...seen].sort(([a], [b]) => a - b));
  expect(seen.at(-1)).toEqual([FILE.length, FILE.length]);
  expect(await left()).toEqual(["model.onnx"]);
});

test("nothing is said to the server but what is asked for", async () => {
  await get();
  const { headers } = server.requests[0]!;
  const usual = ["host", "connection", "accept", "accept-encoding", "accept-language", "sec-fetch-mode", "user-agent"];
  expect(headers.filter((name) => !usual.includes(name))).toEqual([]);
});

test("a cut is gone on from in the same call, by range and ETag", async () => {
  server.next = ["cut"];
  await get();
  expect(server.requests.map(({ range }) => range)).toEqual([undefined, expect.stringMatching(/^bytes=\d+-$/)]);
  expect(server.requests[1]!.ifRange).toMatch(/^"[0-9a-f]{40}"$/);
  expect(Buffer.compare(await readFile(path), FILE)).toBe(0);
});

test("a download that was given up is gone on from in another call", async () => {
  server.next = ["cut", "500", "500"];
  await expect(get()).rejects.toMatchObject({ code: "NETWORK" });
  expect(await left()).toEqual(["model.onnx.part", "model.onnx.part.json"]);
  server.requests.length = 0;
  await get();
  expect(server.requests.map(({ range }) => range)).toEqual([expect.stringMatching(/^bytes=1\d{5}-$/)]);
  expect(await left()).toEqual(["model.onnx"]);
});

test("a killed process's download is gone on from", async () => {
  server.mode = "slow";
  const source = join(import.meta.dirname, "download.node.ts");
  const script = `import { download } from ${JSON.stringify(source)};
    await download({ urls: ["${server.url}/model.onnx"], path: ${JSON.stringify(path)}, sha256: "${ID}",
      onProgress: (n) => n >= ${FILE.length >> 1} && console.log(n) });`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script]);
  child.stdout.once("data", () => child.kill("SIGKILL"));
  await new Promise((closed) => child.on("close", closed));
  server.mode = "ok";
  server.requests.length = 0;
  await get();
  expect(server.requests[0]!.range).toMatch(/^bytes=\d+-$/);
  expect(Buffer.compare(await readFile(path), FILE)).toBe(0);
});

test("a file that changed since the cut is fetched anew", async () => {
  server.next = ["cut", "500", "500"];
  await get().catch(() => {});
  const changed = bytesOf(2, 300_000);
  server.files.set("/model.onnx", changed);
  expect((await get({ sha256: undefined })).sha256).toBe(sha256(changed));
});

test("a half file of other bytes costs one more request, not the download", async () => {
  await writeFile(`${path}.part`, bytesOf(3, 1000));
  await writeFile(`${path}.part.json`, JSON.stringify({ url: "http://elsewhere/", validator: '"x"' }));
  await get();
  expect(server.requests.map(({ range }) => range)).toEqual(["bytes=1000-", undefined]);
});

test("without an ETag and a hash there is nothing to go on from, and nothing is kept", async () => {
  server.etag = false;
  server.mode = "cut";
  await expect(get({ sha256: undefined })).rejects.toMatchObject({ code: "NETWORK" });
  expect(server.requests.every(({ range }) => range === undefined)).toBe(true);
  expect(await left()).toEqual([]);
});

test("a server that knows no ranges sends all of it again", async () => {
  server.ranges = false;
  server.next = ["cut"];
  await get();
  expect(Buffer.compare(await readFile(path), FILE)).toBe(0);
});

test("wrong bytes are INTEGRITY and leave nothing", async () => {
  server.mode = "wrong";
  await expect(get()).rejects.toMatchObject({ code: "INTEGRITY", message: expect.stringContaining(ID) });
  expect(await left()).toEqual([]);
});

test("what was there before stays where the new bytes are wrong", async () => {
  await writeFile(path, "before");
  server.mode = "wrong";
  await expect(get()).rejects.toMatchObject({ code: "INTEGRITY" });
  expect(await readFile(path, "utf8")).toBe("before");
});

test("a mirror with wrong bytes is passed over, and that is told", async () => {
  await using other = await startModelServer({ "/model.onnx": FILE });
  server.mode = "wrong";
  const notices: string[] = [];
  const seen: number[] = [];
  await get({
    urls: [`${server.url}/model.onnx`, `${other.url}/model.onnx`],
    onNotice: (notice) => notices.push(notice),
    onProgress: (received) => seen.push(received),
  });
  expect(notices).toEqual([expect.stringMatching(/^download: http.*expected the bytes of sha256.*another mirror/)]);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(other.requests.length).toBe(1);
});

test("a half file goes on at the next mirror, where the hash will tell", async () => {
  await using other = await startModelServer({ "/model.onnx": FILE });
  server.next = ["cut", "404"];
  await get({ urls: [`${server.url}/model.onnx`, `${other.url}/model.onnx`] });
  expect(other.requests[0]).toMatchObject({ range: expect.stringMatching(/^bytes=\d+-$/), ifRange: undefined });
});

test("where no mirror gives it, the error names each and has the code that says most", async () => {
  server.mode = "wrong";
  const urls = [`${server.url}/none`, `${server.url}/model.onnx`];
  server.next = ["404"];
  await expect(get({ urls })).rejects.toMatchObject({
    code: "INTEGRITY",
    message: expect.stringMatching(/none of 2 mirrors.*\(404\).*sha256/),
  });
});

test.each([
  ["404", "NOT_FOUND", "there is nothing there (404)", 1],
  ["403", "NETWORK", "the server refuses (403)", 1],
  ["500", "NETWORK", "the server cannot answer now (500)", 2],
  ["html", "NETWORK", "expected a file, got a web page", 1],
] as const)("a server that answers with %s is %s: %s", async (mode, code, message, requests) => {
  server.mode = mode;
  await expect(get()).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  expect(server.requests.length).toBe(requests);
  expect(await left()).toEqual([]);
});

test("a server that stumbles is asked again", async () => {
  server.next = ["500", "cut", "500"];
  await get();
  expect(server.requests.length).toBe(4);
});

test("nobody there is NETWORK at once, in words", async () => {
  const gone = await startModelServer();
  await gone[Symbol.asyncDispose]();
  await expect(get({ urls: [`${gone.url}/model.onnx`], backoffMs: 10_000 })).rejects.toMatchObject({
    code: "NETWORK",
    message: `download: ${gone.url}/model.onnx: nobody answers there`,
    hint: expect.stringContaining("models bundle"),
  });
});

test.each(["hang", "slow"] as const)("a server that falls silent (%s) is NETWORK", async (mode) => {
  server.mode = mode;
  await expect(get({ silenceMs: 100, retries: 0 })).rejects.toMatchObject({
    code: "NETWORK",
    message: expect.stringContaining("silent for 0.1 s"),
  });
});

test("a signal ends it in any of its states", async () => {
  for (const mode of ["hang", "slow", "500"] as const) {
    server.mode = mode;
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    await expect(get({ signal: controller.signal, backoffMs: 10_000 })).rejects.toMatchObject({ code: "CANCELLED" });
  }
  await expect(get({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "CANCELLED" });
});

test("more bytes than allowed are TOO_LARGE, other than said INTEGRITY; neither is read to its end", async () => {
  await expect(get({ maxByteLength: 1000 })).rejects.toMatchObject({ code: "TOO_LARGE" });
  await expect(get({ byteLength: 1000 })).rejects.toMatchObject({ code: "INTEGRITY" });
  await expect(get({ sha256: undefined, byteLength: FILE.length + 1 })).rejects.toMatchObject({ code: "INTEGRITY" });
  expect(await left()).toEqual([]);
});

test("a redirect is followed, and what is secret stays with the host that was asked", async () => {
  await using other = await startModelServer({ "/model.onnx": FILE });
  server.mode = "redirect";
  server.redirectTo = other.url;
  await get({ headers: { authorization: "Bearer s3cret" } });
  expect(server.requests[0]!.authorization).toBe("Bearer s3cret");
  expect(other.requests[0]!.authorization).toBeUndefined();
});

test("redirects in a circle end as NETWORK", async () => {
  server.mode = "redirect";
  server.redirectTo = server.url;
  await expect(get()).rejects.toMatchObject({
    code: "NETWORK",
    message: expect.stringContaining("more than 10 times"),
  });
  expect(server.requests.length).toBe(11);
});

test("a redirect to something that is no http address is NETWORK", async () => {
  server.mode = "redirect";
  server.redirectTo = "file://";
  await expect(get()).rejects.toMatchObject({
    code: "NETWORK",
    message: expect.stringContaining("redirects from http: to file:"),
  });
});

test("a query, which may be secret, is in no message", async () => {
  server.mode = "404";
  const error = await get({ urls: [`${server.url}/model.onnx?signature=s3cret`] }).catch((caught) => caught);
  expect(error.message).not.toContain("s3cret");
});

test("a folder in the file's place is IO", async () => {
  await mkdir(path);
  await expect(get()).rejects.toMatchObject({ code: "IO" });
});

test("a full disk is NO_SPACE and leaves nothing", async ({ skip }) => {
  const disk = join(folder, "disk");
  await mkdir(disk);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=100k", "tmpfs", disk]);
  if (mounted.status !== 0) skip("mounting a small disk is not permitted here");
  try {
    await expect(get({ path: join(disk, "m.onnx") })).rejects.toMatchObject({ code: "NO_SPACE" });
    expect(await readdir(disk)).toEqual([]);
  } finally {
    spawnSync("umount", [disk]);
  }
});
