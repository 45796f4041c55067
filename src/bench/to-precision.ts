import { ArcfaceError } from "../errors.ts";
import type { BenchmarkPrecision } from "./row.ts";

/**
 * The same network in other numbers.
 *
 * @param name what errors call it.
 * @throws {ArcfaceError} INVALID_ARGUMENT where it cannot be had from what is there.
 */
export function toPrecision(
  bytes: Uint8Array,
  name: string,
  from: BenchmarkPrecision,
  wanted: BenchmarkPrecision,
): Uint8Array {
  if (from === wanted) return bytes;
  throw new ArcfaceError("INVALID_ARGUMENT", `${name}: it is ${from}, and ${wanted} is not made of that here`, {
    hint: `name a file that is ${wanted}`,
  });
}
