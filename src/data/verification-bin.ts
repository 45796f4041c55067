import { ArcfaceError, expected } from "../errors.ts";
import { parsePickle } from "./pickle.ts";

/**
 * InsightFace's evaluation file (`lfw.bin`, `agedb_30.bin`): pairs of encoded crops. Images 2 i and 2 i + 1 are pair i, of
 * one person where `same[i]`.
 */
export type VerificationBin = { readonly images: readonly Uint8Array[]; readonly same: readonly boolean[] };

/**
 * Read a `.bin`, as Python 2 and 3 pickle it: a tuple of a list of bytes and a list of booleans.
 *
 * @param file what errors call it.
 * @returns images are parts of `bytes`, not copies.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where it is cut, damaged, or holds anything else; nothing in it is run.
 */
export function parseVerificationBin(bytes: Uint8Array, { file }: { file: string }): VerificationBin {
  const bad = (what: string, got: string): ArcfaceError =>
    new ArcfaceError("UNSUPPORTED_FORMAT", `${file}: expected ${what}, got ${got}`);
  const value = parsePickle(bytes, file);
  if (!Array.isArray(value) || value.length !== 2) throw bad("a tuple of images and booleans", "another value");
  const [images, same] = value as unknown[];
  if (!Array.isArray(images) || !Array.isArray(same)) throw bad("a tuple of two lists", "another tuple");
  const notBytes = images.findIndex((image) => !(image instanceof Uint8Array));
  if (notBytes !== -1) throw bad("bytes of pictures", `${describe(images[notBytes])} at ${notBytes}`);
  const notBoolean = same.findIndex((is) => typeof is !== "boolean" && is !== 0 && is !== 1);
  if (notBoolean !== -1) throw bad("true or false for every pair", `${describe(same[notBoolean])} at ${notBoolean}`);
  if (images.length !== 2 * same.length)
    throw bad(`${2 * same.length} images for ${same.length} pairs`, `${images.length}`);
  return { images, same: same.map((is) => is === true || is === 1) };
}

/**
 * The bytes of a `.bin`, a pickle of protocol 3, which InsightFace's reader takes.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where there are not two images a pair.
 */
export function encodeVerificationBin({ images, same }: VerificationBin): Uint8Array {
  if (images.length !== 2 * same.length) throw expected("bin", `${2 * same.length} images`, `${images.length}`);
  const [MARK, EMPTY_LIST, APPENDS, BINBYTES, TUPLE2, STOP] = [0x28, 0x5d, 0x65, 0x42, 0x86, 0x2e];
  const [NEWTRUE, NEWFALSE] = [0x88, 0x89];
  const header = [0x80, 3, EMPTY_LIST, MARK];
  const pairs = [APPENDS, EMPTY_LIST, MARK, ...same.map((is) => (is ? NEWTRUE : NEWFALSE)), APPENDS, TUPLE2, STOP];
  const total = images.reduce((sum, { length }) => sum + 5 + length, header.length + pairs.length);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  bytes.set(header);
  let at = header.length;
  for (const image of images) {
    bytes[at] = BINBYTES;
    view.setUint32(at + 1, image.length, true);
    bytes.set(image, at + 5);
    at += 5 + image.length;
  }
  bytes.set(pairs, at);
  return bytes;
}

function describe(value: unknown): string {
  return Array.isArray(value) ? "a list" : value === null ? "None" : typeof value;
}
