import { expect, test } from "vitest";
import { decodeFloat16, encodeFloat16 } from "./float16.ts";

test("every half-precision number is decoded and encoded to its own bits", () => {
  for (let bits = 0; bits < 0x10000; bits++) {
    const value = decodeFloat16(bits);
    if (Number.isNaN(value)) expect(encodeFloat16(value)).toBe(0x7e00);
    else if (encodeFloat16(value) !== bits) expect(encodeFloat16(value), `${value}`).toBe(bits);
  }
});

test.each([
  [0x0000, 0],
  [0x8000, -0],
  [0x0001, 2 ** -24],
  [0x03ff, 2 ** -14 - 2 ** -24],
  [0x0400, 2 ** -14],
  [0x3555, 0.333251953125],
  [0x3c00, 1],
  [0xc000, -2],
  [0x7bff, 65504],
  [0x7c00, Infinity],
  [0xfc00, -Infinity],
])("%i is %f", (bits, value) => expect(decodeFloat16(bits)).toBe(value));

test("between two numbers the nearer is taken, in the middle the even one", () => {
  expect(encodeFloat16(1 + 2 ** -11)).toBe(0x3c00);
  expect(encodeFloat16(1 + 3 * 2 ** -11)).toBe(0x3c02);
  expect(encodeFloat16(1 + 2 ** -11 + 2 ** -20)).toBe(0x3c01);
  expect(encodeFloat16(2 - 2 ** -12)).toBe(0x4000);
  expect(encodeFloat16(2 ** -25)).toBe(0);
  expect(encodeFloat16(1.5 * 2 ** -25)).toBe(1);
  expect(encodeFloat16(2 ** -14 - 2 ** -26)).toBe(0x0400);
  expect(encodeFloat16(65519)).toBe(0x7bff);
  expect(encodeFloat16(65520)).toBe(0x7c00);
  expect(encodeFloat16(-1e9)).toBe(0xfc00);
});
