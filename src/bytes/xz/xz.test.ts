import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { needsTool } from "../../../test/needs.ts";
import { type Bytes, chunksOf, collect, streamOf } from "../stream.ts";
import { decodeXz } from "./decode.ts";
import { encodeXz } from "./encode.ts";

/** xorshift32, seed 7. */
function noise(length: number): Bytes {
  let state = 7;
  return Uint8Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  });
}

const text = new TextEncoder().encode(
  Array.from({ length: 20_000 }, (_, i) => `word ${(i * 7919) % 3001} comes after ${i};`).join(" "),
);
const mixed = new Uint8Array(9_000_000);
for (let at = 0, part = 0; at < mixed.length; at += 1_000_000, part++) {
  mixed.set(part % 3 === 0 ? text : part % 3 === 1 ? noise(500_000) : new Uint8Array(0), at);
}

const SAMPLES: readonly [name: string, bytes: Bytes][] = [
  ["nothing", new Uint8Array(0)],
  ["one byte", Uint8Array.of(42)],
  ["zeros", new Uint8Array(300_000)],
  ["noise, which is stored", noise(200_000)],
  ["noise, then text, then noise", Uint8Array.from([...noise(70_000), ...text, ...noise(70_000)])],
  ["text", text],
  ["more than twice the dictionary", mixed],
];

const encode = (bytes: Bytes) => collect(streamOf(encodeXz(chunksOf(bytes, "test"))));
const decode = (bytes: Bytes) => collect(streamOf(decodeXz(chunksOf(bytes, "test"))));
const system = (bytes: Uint8Array, ...args: string[]) =>
  Uint8Array.from(execFileSync("xz", ["-c", ...args], { input: bytes, maxBuffer: 1 << 26 }));
const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

describe.each(SAMPLES)("%s", (_, bytes) => {
  test("comes back", async () => {
    expect(same(await decode(await encode(bytes)), bytes)).toBe(true);
  });

  needsTool("xz")("is read by xz", async () => {
    expect(same(system(await encode(bytes), "-d"), bytes)).toBe(true);
  });

  needsTool("xz")("as xz packs it is read", async () => {
    expect(same(await decode(system(bytes, "-1")), bytes)).toBe(true);
  });
});

needsTool("xz")("text is packed about as well as xz -1 does", async () => {
  expect((await encode(text)).length).toBeLessThan(1.2 * system(text, "-1").length);
});

test("the result does not tell in what chunks the bytes came", async () => {
  const pieces = async function* () {
    for (let at = 0; at < text.length; at += 1000) yield text.subarray(at, at + 1000);
  };
  expect(same(await collect(streamOf(encodeXz(pieces()))), await encode(text))).toBe(true);
});

needsTool("xz")("a checksum that is not read here is named", async () => {
  await expect(decode(system(text, "--check=sha256"))).rejects.toThrow(
    "filters, options or checksums that are not read here (checksums are CRC32 and CRC64)",
  );
});

test.each([
  [11, "damaged"],
  [100, "damaged"],
])("byte %i changed is %s", async (at, reason) => {
  const packed = await encode(text);
  await expect(decode(packed.with(at, packed[at]! ^ 0x55))).rejects.toThrow(reason);
});

test("cut short is told", async () => {
  await expect(decode((await encode(text)).slice(0, -20))).rejects.toThrow("cut short");
});
