import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { packTarball } from "../../test/npm-registry.ts";
import { unpackFiles } from "./tarball.ts";

const bytes = (length: number, seed = 1) => Uint8Array.from({ length }, (_, i) => (i * 31 + seed) & 255);
const unpack = async (tarball: Uint8Array, path = "package/a.onnx", maxByteLength = 1000) =>
  unpackFiles(Uint8Array.from(tarball), [{ path, maxByteLength }], "pkg@1.0.0");

test("only the wanted files come out, whole", async () => {
  // Sizes about tar's block of 512, and one larger than a stream's chunk.
  const files = { "package/a.onnx": bytes(512), "package/skip.bin": bytes(300_000), "package/b.onnx": bytes(513, 2) };
  const wanted = Object.keys(files).map((path) => ({ path, maxByteLength: 513 }));
  const out = await unpackFiles(Uint8Array.from(await packTarball(files)), [wanted[0]!, wanted[2]!], "pkg@1.0.0");
  expect([...out.keys()]).toEqual(["package/a.onnx", "package/b.onnx"]);
  expect(out.get("package/a.onnx")).toEqual(files["package/a.onnx"]);
  expect(out.get("package/b.onnx")).toEqual(files["package/b.onnx"]);
});

test("a small file that is not wanted takes nothing of the next one", async () => {
  const files = { "package/skip.txt": bytes(100), "package/a.onnx": bytes(900), "package/b.onnx": bytes(60_000) };
  const wanted = ["package/a.onnx", "package/b.onnx"].map((path) => ({ path, maxByteLength: 60_000 }));
  const out = await unpackFiles(Uint8Array.from(await packTarball(files)), wanted, "pkg@1.0.0");
  expect([...out.values()].map(({ length }) => length)).toEqual([900, 60_000]);
});

test("a file that is not there is absent, not an error", async () => {
  expect((await unpack(await packTarball({ "package/x": bytes(3) }))).size).toBe(0);
});

test.each(["package/../../etc/passwd", "/etc/passwd", "..\\x", "C:/x"])(
  "an archive with the path %s is refused, though another file is wanted",
  async (path) => {
    const tarball = await packTarball({ [path]: bytes(3), "package/a.onnx": bytes(3) });
    await expect(unpack(tarball)).rejects.toThrow(
      expect.objectContaining({
        code: "UNSUPPORTED_FORMAT",
        message: `pkg@1.0.0: holds a path that leads out of it: ${path}`,
      }),
    );
  },
);

test("a link in a wanted file's place is refused", async () => {
  await expect(unpack(await packTarball({ "package/a.onnx": { link: "/etc/passwd" } }))).rejects.toThrow(
    "pkg@1.0.0: expected package/a.onnx to be a file, got a symlink",
  );
});

test("a file larger than its card says is refused before it is read", async () => {
  await expect(unpack(await packTarball({ "package/a.onnx": bytes(1001) }))).rejects.toThrow(
    expect.objectContaining({ code: "TOO_LARGE" }),
  );
});

test.each<[string, (tarball: Uint8Array) => Uint8Array]>([
  ["cut in the middle", (t) => t.subarray(0, t.length >> 1)],
  ["not gzip", () => bytes(2000)],
  ["gzip of something else", () => gzipSync(bytes(2000))],
  ["empty", () => new Uint8Array(0)],
])("bytes that are %s are UNSUPPORTED_FORMAT", async (_, spoil) => {
  await expect(unpack(spoil(await packTarball({ "package/a.onnx": bytes(900) })))).rejects.toThrow(
    expect.objectContaining({ code: "UNSUPPORTED_FORMAT" }),
  );
});
