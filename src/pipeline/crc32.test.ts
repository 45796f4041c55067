import { expect, test } from "vitest";
import { crc32 } from "./crc32.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

// The check value of the CRC catalogue's CRC-32/ISO-HDLC.
test("crc32 of 123456789 is cbf43926, in one piece or two", () => {
  expect(crc32(bytes("123456789"))).toBe(0xcbf43926);
  expect(crc32(bytes("6789"), crc32(bytes("12345")))).toBe(0xcbf43926);
  expect(crc32(bytes(""))).toBe(0);
});
