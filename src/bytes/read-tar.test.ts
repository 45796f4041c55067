import { expect, test } from "vitest";
import { readTar, type TarFile, type TarLimits } from "./read-tar.ts";
import { type Bytes, collect, streamOf } from "./stream.ts";
import { paxEntry, type RawEntry, rawEntry, rawTar } from "./testing/raw-tar.ts";
import { writeTar } from "./write-tar.ts";

const LIMITS: TarLimits = { maxEntries: 10, maxByteLength: 1 << 20 };
const bytes = (length: number, seed = 1): Bytes => Uint8Array.from({ length }, (_, i) => (i * 31 + seed) & 255);

const stream = (...chunks: Uint8Array[]) => new Blob(chunks as Bytes[]).stream();

/** All files, or those that `wants` says, by path. */
async function read(tar: ReadableStream<Uint8Array>, limits = LIMITS, wants = (_: TarFile) => true) {
  const files = new Map<string, Bytes>();
  for await (const file of readTar(tar, { name: "x.tar", limits })) {
    if (wants(file)) files.set(file.path, await file.bytes());
  }
  return files;
}

const readRaw = (...entries: RawEntry[]) => read(stream(rawTar(entries)));

test("files about tar's block and a stream's chunk come back as they were", async () => {
  const files = new Map([0, 1, 511, 512, 513, 65_536, 300_000].map((length) => [`${length}.bin`, bytes(length)]));
  expect(await read(streamOf(writeTar(files)))).toEqual(files);
});

test.each([3, 900_000])(
  "a file of %i bytes that is not asked for is passed over, and the next one comes whole",
  async (length) => {
    const wanted = bytes(700, 2);
    const tar = streamOf(
      writeTar([
        ["passed", bytes(length)],
        ["wanted", wanted],
      ]),
    );
    expect(await read(tar, LIMITS, ({ path }) => path === "wanted")).toEqual(new Map([["wanted", wanted]]));
  },
);

test("./ says nothing, and folders are left out", async () => {
  const files = await readRaw({ name: "./", type: "5" }, { name: "./a//b/", type: "5" }, { name: "./a//b/c" });
  expect([...files.keys()]).toEqual(["a/b/c"]);
});

test("names longer than a header's field come through", async () => {
  const path = `${"deep/".repeat(60)}model.onnx`;
  expect([...(await read(streamOf(writeTar([[path, bytes(3)]])))).keys()]).toEqual([path]);
});

test.each<[string, RawEntry[], string]>([
  ["a path up and out", [{ name: "../x" }], 'holds a path that leads out of it: "../x"'],
  ["a path up in the middle", [{ name: "a/../../x" }], 'holds a path that leads out of it: "a/../../x"'],
  ["a path up with backslashes", [{ name: "a\\..\\x" }], 'holds a path that leads out of it: "a\\\\..\\\\x"'],
  ["an absolute path", [{ name: "/etc/passwd" }], 'holds an absolute path: "/etc/passwd"'],
  ["an absolute path of Windows", [{ name: "\\x" }], 'holds an absolute path: "\\\\x"'],
  ["a drive letter", [{ name: "C:x" }], 'holds a path with a drive letter: "C:x"'],
  ["a folder that leads out", [{ name: "../", type: "5" }], 'holds a path that leads out of it: "../"'],
  ["a NUL in a name", [paxEntry({ path: "a\0b" }), { name: "x" }], 'holds a name with control characters: "a\\u0000b"'],
  ["a line end in a name", [{ name: "a\nb" }], 'holds a name with control characters: "a\\nb"'],
  ["no name", [{ name: "" }], 'holds an entry without a name: ""'],
  ["a dot for a name", [{ name: "." }], "holds an entry without a name"],
  ["a path up by attribute", [paxEntry({ path: "../x" }), { name: "x" }], 'holds a path that leads out of it: "../x"'],
  ["a symlink", [{ name: "x", type: "2", link: "/etc/passwd" }], 'holds a symlink: "x"'],
  ["a hard link", [{ name: "x", type: "1", link: "y" }], 'holds a link: "x"'],
  ["a character device", [{ name: "x", type: "3" }], 'holds a character-device: "x"'],
  ["a block device", [{ name: "x", type: "4" }], 'holds a block-device: "x"'],
  ["a pipe", [{ name: "x", type: "6" }], 'holds a fifo: "x"'],
  ["a sparse file", [paxEntry({ "GNU.sparse.major": "1" }), { name: "x" }], 'holds a sparse file: "x"'],
  ["a name twice", [{ name: "x" }, { name: "./x" }], 'holds "x" twice'],
  ["a name twice but for case", [{ name: "x" }, { name: "X" }], 'holds "X" twice'],
])("refuses %s", async (_, entries, message) => {
  await expect(readRaw(...entries)).rejects.toThrow(
    expect.objectContaining({ code: "UNSUPPORTED_FORMAT", message: `x.tar: ${message}` }),
  );
});

test.each<[string, RawEntry[], string]>([
  ["more entries", Array.from({ length: 11 }, (_, i) => ({ name: `${i}` })), "10 files and folders, got more"],
  ["a file that says it is too long", [{ name: "x", size: 2 ** 30 }], "1048576 bytes of files, got more"],
  [
    "files that are too long together",
    [
      { name: "x", body: bytes(600_000) },
      { name: "y", body: bytes(600_000) },
    ],
    "1048576 bytes of files, got more",
  ],
])("TOO_LARGE: %s", async (_, entries, message) => {
  await expect(readRaw(...entries)).rejects.toThrow(
    expect.objectContaining({ code: "TOO_LARGE", message: `x.tar: expected at most ${message}` }),
  );
});

test("a file longer than its reader takes is refused before any of it is read", async () => {
  const tar = stream(rawTar([{ name: "x", size: 4096 }]));
  const [file] = [await readTar(tar, { name: "x.tar", limits: LIMITS }).next()];
  await expect((file.value as TarFile).bytes(4095)).rejects.toThrow(
    "x.tar: expected at most 4095 bytes of x, got 4096",
  );
});

test.each<[string, RawEntry]>([
  ["attributes that belong to no file", paxEntry({ comment: "x".repeat(400) })],
  ["empty files", { name: "x" }],
])("%s without end are refused, and no more of them is taken", async (_, entry) => {
  const block = rawEntry(entry);
  let taken = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      for (const part of block) controller.enqueue(part);
      taken += 1024;
    },
  });
  await expect(read(endless)).rejects.toThrow(/x.tar: (expected at most 10 files and folders|holds "x" twice)/);
  expect(taken).toBeLessThan(6 << 20);
});

test.each<[string, (tar: Bytes) => Bytes]>([
  ["nothing", () => new Uint8Array(0)],
  ["one block of zeros", () => new Uint8Array(512)],
  ["text", () => new TextEncoder().encode("no tar at all ".repeat(100))],
  ["cut in a header", (tar) => tar.subarray(0, 300)],
  ["cut in a body", (tar) => tar.subarray(0, 1000)],
  ["cut before its end", (tar) => tar.subarray(0, -1024)],
  ["changed in a header", (tar) => tar.with(3, 0x7a)],
])("bytes that are %s are no tar", async (_, spoil) => {
  const tar = await collect(streamOf(writeTar([["file", bytes(900)]])));
  await expect(read(stream(spoil(tar)))).rejects.toThrow(
    expect.objectContaining({
      code: "UNSUPPORTED_FORMAT",
      message: expect.stringContaining("x.tar: not a tar, damaged or cut short: "),
    }),
  );
});

test("a reader that stops early cancels the stream", async () => {
  let cancelled = false;
  const tar = rawTar([{ name: "a", body: bytes(600) }, { name: "b" }]);
  const held = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(tar),
    cancel: () => {
      cancelled = true;
    },
  });
  for await (const _ of readTar(held, { name: "x.tar", limits: LIMITS })) break;
  expect(cancelled).toBe(true);
});

test("a signal ends the wait for a stream that gives nothing", async () => {
  const abort = new AbortController();
  const reading = readTar(new ReadableStream(), { name: "x.tar", limits: LIMITS, signal: abort.signal }).next();
  abort.abort();
  await expect(reading).rejects.toThrow(expect.objectContaining({ code: "CANCELLED" }));
});

test("equal files make equal tars", async () => {
  const make = () => collect(streamOf(writeTar([["a", bytes(5)]])));
  expect(await make()).toEqual(await make());
});
