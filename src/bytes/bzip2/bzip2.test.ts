import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { needsTool } from "../../../test/needs.ts";
import { type Bytes, chunksOf, collect, streamOf } from "../stream.ts";
import { decodeBzip2 } from "./decode.ts";
import { encodeBzip2 } from "./encode.ts";

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

const text = new TextEncoder().encode("the same words, again and again; ".repeat(40_000));

const SAMPLES: readonly [name: string, bytes: Bytes][] = [
  ["nothing", new Uint8Array(0)],
  ["one byte", Uint8Array.of(42)],
  [
    "runs of 3, 4, 5, 258, 259 and 260",
    Uint8Array.from([3, 4, 5, 258, 259, 260].flatMap((n) => Array(n).fill(n & 255))),
  ],
  ["zeros of several runs, one block", new Uint8Array(3_000_000)],
  ["noise of two blocks", noise(1_000_000)],
  ["text of two blocks", text],
  ["each byte once", Uint8Array.from({ length: 256 }, (_, i) => i)],
];

const encode = (bytes: Bytes) => collect(streamOf(encodeBzip2(chunksOf(bytes, "test"))));
const decode = (bytes: Bytes) => collect(streamOf(decodeBzip2(chunksOf(bytes, "test"))));
const system = (bytes: Uint8Array, ...args: string[]) =>
  Uint8Array.from(execFileSync("bzip2", ["-c", ...args], { input: bytes, maxBuffer: 1 << 26 }));
const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

describe.each(SAMPLES)("%s", (_, bytes) => {
  test("comes back", async () => {
    expect(same(await decode(await encode(bytes)), bytes)).toBe(true);
  });

  needsTool("bzip2")("is read by bzip2", async () => {
    expect(same(system(await encode(bytes), "-d"), bytes)).toBe(true);
  });

  needsTool("bzip2")("as bzip2 packs it is read", async () => {
    expect(same(await decode(system(bytes, "-1")), bytes)).toBe(true);
  });
});

test("two streams one after another count as one", async () => {
  const packed = await encode(text);
  expect(same(await decode(Uint8Array.from([...packed, ...packed])), Uint8Array.from([...text, ...text]))).toBe(true);
});

test("text comes out at most a twentieth larger than bzip2's", async () => {
  // One Huffman table a block costs little.
  expect((await encode(text)).length).toBeLessThan(text.length / 100);
});

test.each(["cut short", "a checksum that does not fit"])("damage is told: %s", async (reason) => {
  const packed = await encode(text);
  if (reason === "cut short") await expect(decode(packed.slice(0, -6))).rejects.toThrow(reason);
  else await expect(decode(packed.with(12, packed[12]! ^ 1))).rejects.toThrow(reason);
});
