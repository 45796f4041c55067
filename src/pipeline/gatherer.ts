import type { Buffer } from "./messages/buffer.ts";
import { GatheredData } from "./messages/gathered-data.ts";

export type GathererOptions<Reference extends Buffer> = {
  /** Data belong to a reference where their timestamps lie less than this apart, milliseconds. */
  readonly toleranceMs: number;
  /** How many data a reference waits for. */
  waitCount(reference: Reference): number;
  /** References, and data without one, that are kept at most; older ones are forgotten. */
  readonly limit?: number;
};

type Waiting<Reference, Item> = { readonly reference: Reference; readonly items: Item[] };

/**
 * Which data belong to which reference, by DepthAI's rule: data go to the first reference in order of arrival that is
 * near enough in time; a reference is complete once it has just as many as it waits for, and everything older is then
 * given up.
 */
export class Gatherer<Reference extends Buffer = Buffer, Item extends Buffer = Buffer> {
  readonly #toleranceMs: number;
  readonly #waitCount: (reference: Reference) => number;
  readonly #limit: number;
  #waiting: Waiting<Reference, Item>[] = [];
  #unmatched: Item[] = [];

  constructor({ toleranceMs, waitCount, limit = 256 }: GathererOptions<Reference>) {
    this.#toleranceMs = toleranceMs;
    this.#waitCount = waitCount;
    this.#limit = limit;
  }

  addReference(reference: Reference): void {
    const mine = (item: Item) => this.#areNear(reference, item);
    this.#waiting.push({ reference, items: this.#unmatched.filter(mine) });
    this.#unmatched = this.#unmatched.filter((item) => !mine(item));
    if (this.#waiting.length > this.#limit) this.#waiting.shift();
  }

  addData(item: Item): void {
    const first = this.#waiting.find(({ reference }) => this.#areNear(reference, item));
    if (first) first.items.push(item);
    else this.#unmatched.push(item);
    if (this.#unmatched.length > this.#limit) this.#unmatched.shift();
  }

  /** The earliest reference that is complete, with its data; `null` where there is none. */
  next(): GatheredData<Reference, Item> | null {
    const complete = this.#waiting.filter(({ reference, items }) => items.length === this.#waitCount(reference));
    const [first, ...others] = complete;
    if (!first) return null;
    const earliest = others.reduce((a, b) => (timeOf(b) < timeOf(a) ? b : a), first);
    const time = timeOf(earliest);
    this.#waiting = this.#waiting.filter((one) => one !== earliest && timeOf(one) >= time);
    this.#unmatched = this.#unmatched.filter((item) => item.getTimestamp() >= time);
    return new GatheredData(earliest.reference, earliest.items);
  }

  #areNear(reference: Reference, item: Item): boolean {
    return Math.abs(reference.getTimestamp() - item.getTimestamp()) < this.#toleranceMs;
  }
}

function timeOf({ reference }: Waiting<Buffer, Buffer>): number {
  return reference.getTimestamp();
}
