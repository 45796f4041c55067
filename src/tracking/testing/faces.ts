import type { Box } from "../../geometry/types.ts";
import { createRandom, type Random } from "../../tensor/random.ts";
import { l2Normalize } from "../../tensor/vector.ts";
import type { Observation } from "../track.ts";

const DIMENSION = 64;

/** The direction of an invented person: of two, the cosine is 0 ± 0.13. */
export function face(seed: number): Float32Array {
  const { normal } = createRandom(seed);
  return l2Normalize(Float32Array.from({ length: DIMENSION }, normal));
}

/** A look at that person: the cosine of two looks is about 1 / (1 + noise²). */
export function look(person: Float32Array, { noise = 0.5, random }: { noise?: number; random: Random }): Float32Array {
  const off = noise / Math.sqrt(person.length);
  return l2Normalize(person.map((value) => value + off * random.normal()));
}

/** A square box about a centre. */
export function square(x: number, y: number, side = 100): Box {
  return [x - side / 2, y - side / 2, x + side / 2, y + side / 2];
}

/** What a good detector says of a good face. */
export function seen(x: number, y: number, more: Partial<Observation> & { side?: number } = {}): Observation {
  const { side = 100, ...rest } = more;
  return { box: square(x, y, side), score: 0.9, quality: 0.9, ...rest };
}
