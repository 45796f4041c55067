import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { packZip, type ZipFile } from "../../../test/zip.ts";
import { bytesOf } from "../testing/sample-bytes.ts";
import { unzipFiles } from "./zip.node.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "arcface-zip-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const A = bytesOf(1, 70_000);
const unzip = async (zip: readonly ZipFile[] | Uint8Array, paths = ["a.onnx"], maxByteLength = 70_000) => {
  const path = join(folder, "pack.zip");
  await writeFile(path, zip instanceof Uint8Array ? zip : packZip(zip));
  return unzipFiles(
    path,
    paths.map((one) => ({ path: one, maxByteLength })),
    "pack.zip",
  );
};

test("wanted files come out whole, others are passed over, absent ones are absent", async () => {
  const zip = [
    { name: "b.onnx", bytes: bytesOf(2, 900_000) },
    { name: "a.onnx", bytes: A },
  ];
  const files = await unzip(zip, ["a.onnx", "none.onnx"]);
  expect([...files]).toEqual([["a.onnx", A]]);
});

test("a file in a folder is found, but one outside is preferred", async () => {
  const inner = { name: "pack/a.onnx", bytes: bytesOf(3, 10) };
  expect((await unzip([inner])).get("a.onnx")).toEqual(inner.bytes);
  const outer = { name: "a.onnx", bytes: A };
  expect((await unzip([inner, outer])).get("a.onnx")).toEqual(A);
  expect((await unzip([outer, inner])).get("a.onnx")).toEqual(A);
});

test("a file larger than its card says is TOO_LARGE before it is unpacked", async () => {
  await expect(unzip([{ name: "a.onnx", bytes: A }], ["a.onnx"], 69_999)).rejects.toMatchObject({ code: "TOO_LARGE" });
});

test("a file that is larger than the zip's directory says is refused when it gets there", async () => {
  const bomb = { name: "a.onnx", bytes: new Uint8Array(50_000_000), said: 1000 };
  await expect(unzip([bomb])).rejects.toMatchObject({ code: "UNSUPPORTED_FORMAT" });
});

test.each(["../a.onnx", "/a.onnx", "x/../../a.onnx", "C:/a.onnx"])(
  "a zip with the name %s is refused",
  async (name) => {
    const zip = [
      { name, bytes: A },
      { name: "a.onnx", bytes: A },
    ];
    await expect(unzip(zip)).rejects.toMatchObject({ code: "UNSUPPORTED_FORMAT" });
  },
);

test.each<[string, (zip: Uint8Array) => Uint8Array]>([
  ["cut", (zip) => zip.subarray(0, zip.length >> 1)],
  ["no zip", () => bytesOf(9, 3000)],
  ["empty", () => new Uint8Array(0)],
])("bytes that are %s are UNSUPPORTED_FORMAT", async (_, spoil) => {
  await expect(unzip(spoil(packZip([{ name: "a.onnx", bytes: A }])))).rejects.toMatchObject({
    code: "UNSUPPORTED_FORMAT",
    message: expect.stringContaining("pack.zip: not a zip"),
  });
});
