import { expected } from "../errors.ts";

/** The magic, version 1.0. */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0];
/** Of our headers, so that a file's numbers begin at the same place whatever its shape. */
const HEADER_LENGTH = 128;

/**
 * What stands before the numbers of a NumPy file: row-major little-endian float32.
 *
 * Source: numpy.lib.format, version 1.0.
 */
export function npyHeader(shape: readonly number[]): Uint8Array<ArrayBuffer> {
  const dims = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': ${dims}, }`;
  const space = HEADER_LENGTH - MAGIC.length - 2;
  if (text.length + 1 > space) throw expected("npy", "a shape of fewer numbers", `${shape.length}`);
  const header = new Uint8Array(HEADER_LENGTH);
  header.set(MAGIC);
  new DataView(header.buffer).setUint16(MAGIC.length, space, true);
  header.set(new TextEncoder().encode(`${text.padEnd(space - 1)}\n`), MAGIC.length + 2);
  return header;
}

/** Where the numbers of a file that begins with `npyHeader` begin. */
export const NPY_DATA: number = HEADER_LENGTH;
