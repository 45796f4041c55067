import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { needsCommand } from "../../test/needs.ts";
import { encodeVerificationBin, parseVerificationBin } from "./verification-bin.ts";

// scripts/golden/recordio.py
const golden = (name: string): Uint8Array => readFileSync(join(import.meta.dirname, "recordio/golden", name));
const SCRIPT = join(import.meta.dirname, "../../scripts/golden/recordio.py");
const withPython = needsCommand("/usr/bin/python3 --version", "/usr/bin/python3");

test.each(["py2", "py3-2", "py3-3", "py3-4", "py3-5"])("%s.bin is three pairs of pictures", (name) => {
  const { images, same } = parseVerificationBin(golden(`${name}.bin`), { file: name });
  expect(same).toEqual([true, false, true]);
  expect(images.map((image) => Buffer.from(image))).toEqual(
    parseVerificationBin(golden("py3-3.bin"), { file: "py3-3" }).images.map((image) => Buffer.from(image)),
  );
  expect(images.every((image) => image[0] === 0x89 && image[1] === 0x50)).toBe(true);
});

test("code in a pickle is refused by its name", () => {
  expect(() => parseVerificationBin(golden("evil.bin"), { file: "evil.bin" })).toThrow(
    "evil.bin: a pickle of plain data, but at byte 2: opcode GLOBAL posix.system",
  );
});

test("a file cut anywhere is an error with its place", () => {
  const bytes = golden("py3-4.bin");
  for (let length = 0; length < bytes.length; length += 7) {
    expect(() => parseVerificationBin(bytes.subarray(0, length), { file: "cut" }), `${length}`).toThrow(
      /cut: .*at byte \d+/,
    );
  }
  expect(() => parseVerificationBin(golden("cut.bin"), { file: "cut" })).toThrow(/bytes more, got \d+ before the end/);
});

const pickle = (...codes: (number | string)[]): Uint8Array =>
  Uint8Array.from(codes.flatMap((code) => (typeof code === "number" ? code : [...code].map((c) => c.charCodeAt(0)))));

test.each([
  ["one list", pickle("]."), "expected a tuple of images and booleans"],
  ["numbers for pictures", pickle("](K\x01K\x02e](\x88e\x86."), "expected bytes of pictures, got number at 0"],
  ["a picture too few", pickle("](C\x01ae](\x88e\x86."), "expected 2 images for 1 pairs, got 1"],
  ["a dictionary", pickle("}."), "opcode EMPTY_DICT"],
  ["an unknown opcode", pickle(0xff), "opcode 0xff"],
  ["no mark", pickle("]e."), "expected a mark on the stack"],
  ["an empty stack", pickle("a."), "expected something on the stack"],
  ["a memory never made", pickle("h\x05."), "expected a memory 5"],
  ["a length beyond the file", pickle("B\xff\xff\xff\xff"), "expected 4294967295 bytes more"],
  ["a global of another module", pickle("\x80\x04\x8c\x02os\x8c\x06system\x93."), "opcode STACK_GLOBAL"],
])("%s is refused in a sentence", (_, bytes, sentence) => {
  expect(() => parseVerificationBin(bytes, { file: "x.bin" })).toThrow(sentence);
});

test("booleans of Python 2's older pickles are numbers of two digits", () => {
  const bytes = pickle("](U\x01aU\x01be](I01\ne\x86.");
  expect(parseVerificationBin(bytes, { file: "old" }).same).toEqual([true]);
});

withPython("Python reads what is written", () => {
  const folder = mkdtempSync(join(tmpdir(), "bin-"));
  const images = Array.from({ length: 2400 }, (_, k) => Uint8Array.from({ length: k % 300 }, (_, i) => (i * k) % 256));
  const same = Array.from({ length: 1200 }, (_, k) => k % 3 === 0);
  writeFileSync(join(folder, "x.bin"), encodeVerificationBin({ images, same }));
  const { stdout } = spawnSync("/usr/bin/python3", [SCRIPT, "read-bin", join(folder, "x.bin")], { maxBuffer: 2 ** 26 });
  rmSync(folder, { recursive: true });
  expect(JSON.parse(`${stdout}`)).toEqual({ images: images.map((image) => Buffer.from(image).toString("hex")), same });
  const again = parseVerificationBin(encodeVerificationBin({ images, same }), { file: "x" });
  expect(again.images.map((image) => [...image])).toEqual(images.map((image) => [...image]));
});
