import { expected } from "../../errors.ts";
import { createRandom, type Random } from "../../tensor/random.ts";

/**
 * A stream of random numbers that is a pure function of whole numbers below 2^53: what is drawn for a sample in an epoch is
 * the same whichever thread draws it, and whether or not the epochs before it were run.
 */
export function randomOf(...numbers: readonly number[]): Random {
  let [high, low] = [0x9e3779b9, numbers.length];
  for (const number of numbers) {
    if (!Number.isSafeInteger(number) || number < 0)
      throw expected("random", "a whole number from 0 to 2^53", `${number}`);
    low = mixed(low ^ (number | 0));
    high = mixed(high ^ Math.floor(number / 2 ** 32) ^ low);
    low = mixed(low ^ high);
  }
  // createRandom takes 53 bits.
  return createRandom((high >>> 11) * 2 ** 32 + (low >>> 0));
}

/** Source: the finalizer of MurmurHash3 (Austin Appleby): every bit of the input turns half of the output's. */
function mixed(word: number): number {
  let x = word ^ (word >>> 16);
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/**
 * The order of samples 0 … count − 1 in an epoch: every one once, by Fisher and Yates' shuffle. 4 bytes a sample.
 *
 * @param epoch from 0.
 */
export function epochOrder(count: number, seed: number, epoch: number): Uint32Array {
  const random = randomOf(seed, epoch);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1));
    const last = order[i]!;
    order[i] = order[j]!;
    order[j] = last;
  }
  return order;
}
