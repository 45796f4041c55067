import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSafetensorsFile } from "./read-file.node.ts";
import { readSafetensors, type StoredTensor, writeSafetensors } from "./safetensors.ts";

const GOLDEN = join(import.meta.dirname, "golden");
// scripts/golden/safetensors.py
const golden = async (name: string) => readSafetensors(await readFile(join(GOLDEN, `${name}.safetensors`)), name);

test("a file of another writer is read: types, an order of its own, scalars, empty tensors, texts", async () => {
  const { tensors, metadata } = await golden("types");
  expect(metadata).toEqual({ "made by": "safetensors.py", größe: "2×3" });
  const values = (name: string) => [...(tensors.get(name)?.data ?? [])];
  const single = [1.5, -2.25, 0, 1e-3, 65504, -0.5];
  expect(values("single")).toEqual(single.map(Math.fround));
  // Halves have 11 bits, bfloat16 8: truncated here.
  expect(values("half")).toBeCloseToTensor(single, { atol: 0, rtol: 2 ** -11 });
  expect(values("brain")).toBeCloseToTensor(single, { atol: 0, rtol: 2 ** -7 });
  expect(values("count")).toEqual([7n, -(2n ** 40n)]);
  expect([tensors.get("scalar"), tensors.get("empty")]).toEqual([
    { dtype: "F32", shape: [], data: Float32Array.of(3.5) },
    { dtype: "F32", shape: [0, 3], data: new Float32Array(0) },
  ]);
});

test("a header that is not padded is read", async () => {
  expect((await golden("unpadded")).tensors.get("single")?.shape).toEqual([2, 3]);
});

test("a tensor may be called as what objects inherit", async () => {
  expect([...(await golden("proto")).tensors.keys()]).toEqual(["__proto__"]);
});

const REFUSED = {
  cut: "single at 0 to 24 of 23 bytes: cut short",
  "long-header": "a header of 4611686018427388000 bytes in a file of 10: cut short, or of another kind",
  "not-json": "a header that is not JSON",
  "not-utf8": "a header that is not JSON",
  "a-list": "a header that is no object",
  overlap: "b and a in the same bytes",
  hole: "4 bytes that are nobody's after a",
  trailing: "4 bytes that are nobody's after a",
  twice: "a header that names a tensor twice",
  size: "a with 24 bytes for F32 [2, 4], which takes 32",
  backwards: "a with no place in the file",
  negative: "a with the shape [-2,-3]",
  overflow: "a with 24 bytes for F32 [4294967296, 4294967296], which takes",
  fraction: "a with the shape [2.5]",
  "strange-type": "a with the type C64",
  "no-offsets": "a with no place in the file",
  "metadata-number": "metadata that are not texts",
} as const;

test.each(Object.entries(REFUSED))("%s is refused: %s", async (name, got) => {
  await expect(golden(name)).rejects.toThrow(`${name}: expected a safetensors file, got ${got}`);
  await expect(golden(name)).rejects.toMatchObject({ code: "UNSUPPORTED_FORMAT" });
});

test("every golden file reads the same whole and piece by piece", async () => {
  for (const name of (await readdir(GOLDEN)).map((file) => file.replace(".safetensors", ""))) {
    const path = join(GOLDEN, `${name}.safetensors`);
    const told = (error: Error) => error.message;
    const whole = await readFile(path)
      .then((bytes) => readSafetensors(bytes, path))
      .catch(told);
    expect(await readSafetensorsFile(path).catch(told)).toEqual(whole);
  }
});

test("every cut of a file is refused, and bytes that are none", async () => {
  const bytes = await readFile(join(GOLDEN, "types.safetensors"));
  for (let length = 0; length < bytes.length; length++)
    expect(() => readSafetensors(bytes.subarray(0, length), "cut"), `${length}`).toThrow("expected a safetensors file");
  expect(() => readSafetensors(new TextEncoder().encode("<!doctype html>"), "page")).toThrow("cut short");
});

test("what is written is read back to the bit, each tensor at a multiple of its element's size", () => {
  const tensors = new Map<string, StoredTensor>([
    ["w", { dtype: "F32", shape: [3], data: Float32Array.of(Number.NaN, -0, 1e-45) }],
    ["n", { dtype: "I64", shape: [], data: BigInt64Array.of(-3n) }],
    ["__proto__", { dtype: "F32", shape: [0], data: new Float32Array(0) }],
  ]);
  const file = Buffer.concat(writeSafetensors({ tensors, metadata: { größe: "é" } }));
  const back = readSafetensors(file, "back");
  expect(back.metadata).toEqual({ größe: "é" });
  expect(new Map(back.tensors)).toEqual(tensors);
  expect(Number(file.readBigUInt64LE()) % 8).toBe(0);
  expect(file.readBigInt64LE(8 + Number(file.readBigUInt64LE()))).toBe(-3n);
});

test("values that do not fill the shape, and the name that is the metadata's, are refused when written", () => {
  const write = (name: string, shape: number[]) =>
    writeSafetensors({ tensors: new Map([[name, { dtype: "F32", shape, data: new Float32Array(3) }]]), metadata: {} });
  expect(() => write("w", [2])).toThrow("safetensors: w: expected 2 values, got 3");
  expect(() => write("__metadata__", [3])).toThrow("safetensors: expected a tensor's name, got __metadata__");
});
