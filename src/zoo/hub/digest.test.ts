import { expect, test } from "vitest";
import { hubDigest, storageDigests } from "./digest.ts";

const MD5 = "900150983cd24fb0d6963f7d28e17f72";
const SHA256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const base64 = (hex: string) => btoa(hex.replace(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16))));

test.each([
  [MD5.toUpperCase(), { algorithm: "md5", hex: MD5, by: "hub" }],
  ["0".repeat(40), { algorithm: "sha1", hex: "0".repeat(40), by: "hub" }],
  [SHA256, { algorithm: "sha256", hex: SHA256, by: "hub" }],
  ["z".repeat(32), null],
  ["abc", null],
  ["", null],
])("the hub's hash %j is %j", (hash, digest) => {
  expect(hubDigest(hash)).toEqual(digest);
});

test.each<[Record<string, string>, string[]]>([
  [{ "x-goog-hash": `crc32c=AAAAAA==,md5=${base64(MD5)}` }, [MD5]],
  [{ "x-goog-hash": `md5=${base64(MD5)}`, "x-goog-stored-content-encoding": "gzip" }, []],
  [{ "content-md5": base64(MD5), "x-amz-checksum-sha256": base64(SHA256) }, [MD5, SHA256]],
  [{ "repr-digest": `md5=:x:, sha-256=:${base64(SHA256)}:` }, [SHA256]],
  [{ "x-amz-checksum-sha256": `${base64(SHA256)}-3` }, []],
  [{ "content-md5": "not base64", etag: `"${MD5}"` }, []],
])("a storage that says %j says %j", (headers, hexes) => {
  expect(storageDigests(new Headers(headers), true).map(({ hex }) => hex)).toEqual(hexes);
});

test("what is said of the part that was sent is not said of the whole", () => {
  expect(storageDigests(new Headers({ "content-md5": base64(MD5) }), false)).toEqual([]);
});
