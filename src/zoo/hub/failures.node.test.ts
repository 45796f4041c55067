import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { md5, startHubServer } from "../../../test/hub-server.ts";
import { bytesOf } from "../testing/sample-bytes.ts";
import { BYTES, createSampleHub, FILE, FOLDER, type SampleHub } from "./testing/sample-hub.node.ts";

let sample: SampleHub;
beforeEach(async () => {
  sample = await createSampleHub();
});
afterEach(() => sample[Symbol.asyncDispose]());

const AT = `/RVC2/${FILE}`;
const hubText = (status: number, text: string) =>
  `There was an error while sending a request to the Hub\nHTTP status code: ${status}\nCPR error code: 0\nResponse text: ${text}`;

test("a download that was cut goes on where it was, the next time, though its link is signed anew", async () => {
  sample.hub.storage.next = ["cut", "500"];
  await expect(sample.get()).rejects.toMatchObject({
    code: "NETWORK",
    message:
      "There was an error while downloading the model\nHTTP status code: 500\nCPR error code: 0\nResponse text: no",
  });
  const half = join(".parts", FOLDER, `${FILE}.part`);
  expect(await sample.left()).toEqual([".parts", join(".parts", FOLDER), half, `${half}.json`]);
  const { size } = await stat(join(sample.cacheDirectory, half));
  expect(await readFile(await sample.get())).toEqual(Buffer.from(BYTES));
  expect(sample.hub.storage.requests.at(-1)).toMatchObject({ range: `bytes=${size}-`, ifRange: expect.any(String) });
  expect((await sample.left())[0]).toBe(FOLDER);
});

test("a download that is cut goes on by itself", async () => {
  sample.hub.storage.next = ["cut", "cut"];
  await sample.get({ retries: 1 });
  expect(sample.hub.storage.requests.length).toBe(3);
});

test("the half of another version is not gone on from", async () => {
  sample.hub.storage.next = ["cut", "500"];
  await expect(sample.get()).rejects.toMatchObject({ code: "NETWORK" });
  const newer = bytesOf(7, 400_000);
  sample.hub.models[0]!.files = { [FILE]: newer };
  expect(await readFile(await sample.get())).toEqual(Buffer.from(newer));
});

test("no note of a half download holds the signature of its link", async () => {
  sample.hub.storage.next = ["cut", "500"];
  await expect(sample.get()).rejects.toThrow();
  expect(await sample.read(".parts", FOLDER, `${FILE}.part.json`)).not.toContain("Signature");
});

const WRONG = {
  code: "INTEGRITY",
  message: expect.stringMatching(`^hub: ${FILE}: expected the bytes that the hub says it has, md5 [0-9a-f]{32}, got `),
  hint: expect.stringContaining("do not use it"),
};

test("wrong bytes are INTEGRITY and leave nothing", async () => {
  sample.hub.storage.mode = "wrong";
  await expect(sample.get()).rejects.toMatchObject(WRONG);
  expect(await sample.left()).toEqual([]);
});

test("bytes of another hash than the hub says are INTEGRITY and leave nothing", async () => {
  sample.hub.models[0]!.hash = md5(bytesOf(4));
  await expect(sample.get()).rejects.toMatchObject(WRONG);
  expect(await sample.left()).toEqual([]);
});

test.each([
  ["sha1", 40],
  ["sha256", 64],
])("a hub's hash that has the form of %s is held against the bytes too", async (algorithm, length) => {
  sample.hub.models[0]!.hash = "0".repeat(length);
  await expect(sample.get()).rejects.toThrow(`${algorithm} ${"0".repeat(length)}`);
});

test("where the storage vouches for bytes that the hub does not know, the way out is named, and works", async () => {
  sample.hub.models[0]!.hash = md5(bytesOf(4));
  const md5Base64 = Buffer.from(md5(BYTES), "hex").toString("base64");
  sample.hub.storage.extraHeaders.set(AT, { "x-goog-hash": `crc32c=AAAAAA==, md5=${md5Base64}` });
  await expect(sample.get()).rejects.toMatchObject({
    code: "INTEGRITY",
    hint: expect.stringContaining("ARCFACE_HUB_HASH=version"),
  });
  const env = { ...sample.hub.env, ARCFACE_HUB_HASH: "version" };
  const path = await sample.get({ env });
  expect(await sample.get({ env })).toBe(path);
});

test("a hash that is none serves for telling versions; the storage's then is what the bytes are held against", async () => {
  sample.hub.models[0]!.hash = "version-7";
  sample.hub.storage.extraHeaders.set(AT, { "content-md5": Buffer.from(md5(BYTES), "hex").toString("base64") });
  sample.hub.storage.next = ["wrong"];
  await expect(sample.get()).rejects.toMatchObject({
    code: "INTEGRITY",
    message: expect.stringContaining("the storage says it holds"),
  });
  await sample.get();
});

test.each([
  ["404", "NOT_FOUND", hubText(404, '{"detail":"Model not found"}')],
  ["500", "NETWORK", hubText(500, '{"detail":"out of order"}')],
  ["html", "NETWORK", hubText(200, "<p>Log in</p>")],
  ["missing", "NETWORK", hubText(200, '{"download_links":[]}')],
] as const)("a hub that answers with %s is %s in DepthAI's words, and leaves nothing", async (mode, code, message) => {
  sample.hub.mode = mode;
  await expect(sample.get()).rejects.toMatchObject({ code, message });
  expect(await sample.left()).toEqual([]);
});

test("a hub that refuses what was cached takes it out, as in DepthAI; one that gives no answer does not", async () => {
  await sample.get();
  sample.hub.mode = "hang";
  await expect(sample.get({ silenceMs: 100 })).rejects.toMatchObject({ code: "NETWORK" });
  sample.hub.mode = "html";
  await expect(sample.get()).rejects.toMatchObject({ code: "NETWORK" });
  expect((await sample.left()).length).toBe(4);
  sample.hub.mode = "404";
  await expect(sample.get()).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(await sample.left()).toEqual([]);
});

test("JSON without end is TOO_LARGE, and is not read to its end", async () => {
  sample.hub.mode = "huge";
  await expect(sample.get()).rejects.toMatchObject({ code: "TOO_LARGE" });
});

test("a hub that never answers is NETWORK once it was silent for long", async () => {
  sample.hub.mode = "hang";
  await expect(sample.get({ silenceMs: 100 })).rejects.toMatchObject({
    code: "NETWORK",
    message: expect.stringMatching(/HTTP status code: 0\nCPR error code: 8\nResponse text: .*silent for 0.1 s/),
  });
});

test("a hub that says the key back does not get it into the message", async () => {
  sample.hub.mode = "echo";
  await expect(sample.get({ apiKey: "s3cret" })).rejects.toMatchObject({
    message: hubText(500, '{"got":"Bearer ***"}'),
  });
});

test("a redirect to another host does not take the key along", async () => {
  await using other = await startHubServer(sample.hub.models);
  sample.hub.mode = "redirect";
  sample.hub.redirectTo = other.url;
  await sample.get({ apiKey: "s3cret" });
  expect(sample.hub.requests[0]!.headers.authorization).toBe("Bearer s3cret");
  expect(other.requests[0]!.headers.authorization).toBeUndefined();
});

test.each([
  "..%2fevil",
  "..%2F..%2fevil",
  ".",
  "..",
  "",
  "a%5Cb",
  "a%00",
  ".hidden",
  "metadata.yaml",
  "C:evil",
  "%zz",
  "x.part",
])("a file called %j is refused, nothing is fetched, and nothing is left", async (name) => {
  sample.hub.models[0]!.files = { ok: BYTES };
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const response = await globalThis.fetch(input, init);
    if (!String(input).includes("/models/download")) return response;
    return Response.json({
      ...((await response.json()) as object),
      download_links: [`${sample.hub.storage.url}/x/${name}?a=b/c`],
    });
  };
  await expect(sample.get({ fetch })).rejects.toMatchObject({
    code: "NETWORK",
    message: expect.stringContaining("expected a link that ends in a file's name"),
  });
  expect(sample.hub.storage.requests).toEqual([]);
  expect(await sample.left()).toEqual([]);
});

test.each([
  ["404", "NOT_FOUND", 404, "no"],
  ["403", "NETWORK", 403, "no"],
  ["500", "NETWORK", 500, "no"],
] as const)(
  "a storage that answers with %s is %s in DepthAI's words, and leaves nothing",
  async (mode, code, status, text) => {
    sample.hub.storage.mode = mode;
    await expect(sample.get()).rejects.toMatchObject({
      code,
      message: `There was an error while downloading the model\nHTTP status code: ${status}\nCPR error code: 0\nResponse text: ${text}`,
    });
    expect(await sample.left()).toEqual([]);
  },
);

test("a storage that shows a web page instead is NETWORK, and leaves nothing", async () => {
  sample.hub.storage.mode = "html";
  await expect(sample.get()).rejects.toMatchObject({ code: "NETWORK", hint: expect.stringContaining("login page") });
  expect(await sample.left()).toEqual([]);
});

test("more bytes than allowed are TOO_LARGE and leave nothing", async () => {
  await expect(sample.get({ maxByteLength: 1000 })).rejects.toMatchObject({ code: "TOO_LARGE" });
  expect(await sample.left()).toEqual([]);
});

test("a signal ends it while the hub, and while its storage is waited for", async () => {
  sample.hub.mode = "hang";
  await expect(sample.get({ signal: AbortSignal.timeout(200) })).rejects.toMatchObject({ code: "CANCELLED" });
  sample.hub.mode = "ok";
  sample.hub.storage.mode = "hang";
  await expect(sample.get({ signal: AbortSignal.timeout(200) })).rejects.toMatchObject({ code: "CANCELLED" });
  sample.hub.health = "hang";
  const env = { ...sample.hub.env, DEPTHAI_ZOO_INTERNET_CHECK_TIMEOUT: "10000" };
  await expect(sample.get({ env, signal: AbortSignal.timeout(200) })).rejects.toMatchObject({ code: "CANCELLED" });
});

test("a hub without files is NOT_FOUND in DepthAI's words", async () => {
  sample.hub.models[0]!.files = {};
  await expect(sample.get()).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: `No files found in cache folder ${join(sample.cacheDirectory, FOLDER)}`,
  });
  expect(await sample.left()).toEqual([]);
});

test("metadata that lead out of the folder lead nowhere", async () => {
  await sample.get();
  await writeFile(join(sample.folder, "secret"), "s");
  const path = join(sample.cacheDirectory, FOLDER, "metadata.yaml");
  await writeFile(path, "hash: x\ndownloaded_files: [../../secret]\n");
  const env = { ...sample.hub.env, ARCFACE_OFFLINE: "1" };
  await expect(sample.get({ env })).rejects.toThrow("No files found in cache folder");
});

test("a file where the cache is meant is refused in DepthAI's words", async () => {
  const file = join(sample.folder, "file");
  await writeFile(file, "");
  await expect(sample.get({ cacheDirectory: join(file, "cache") })).rejects.toMatchObject({
    code: "IO",
    message: expect.stringContaining(`Failed to create cache directory: ${join(file, "cache")} | `),
  });
  await expect(sample.get({ cacheDirectory: file })).rejects.toMatchObject({ code: "IO" });
});
