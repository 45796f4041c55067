import type { Buffer } from "./messages/buffer.ts";
import { GatheredData } from "./messages/gathered-data.ts";

export type GathererOptions<Reference extends Buffer> = {
  /** Data belong to a reference where their timestamps lie less than this apart, milliseconds. */
  readonly toleranceMs: number;
  /** How many data a reference waits for. */
  waitCount(reference: Reference): number;
  /**
   * Is what is older given up when a reference goes (DepthAI's rule, the default)? If not, references go in the order of
   * time: one that is not complete holds up those behind it until data of a later time show that it never will be. That
   * takes data to come in the order of time.
   */
  readonly dropOlder?: boolean;
  /** References, and data without one, that are kept at most; older ones are forgotten. */
  readonly limit?: number;
};

type Waiting<Reference, Item> = { readonly reference: Reference; readonly items: Item[] };

/**
 * Which data belong to which reference, by DepthAI's rule: data go to the first reference in order of arrival that is
 * near enough in time; a reference is complete once it has just as many as it waits for, and goes; everything older is
 * then given up, unless `dropOlder` is false.
 */
export class Gatherer<Reference extends Buffer = Buffer, Item extends Buffer = Buffer> {
  readonly #toleranceMs: number;
  readonly #waitCount: (reference: Reference) => number;
  readonly #dropOlder: boolean;
  readonly #limit: number;
  #latestData = -Infinity;
  #waiting: Waiting<Reference, Item>[] = [];
  #unmatched: Item[] = [];

  constructor({ toleranceMs, waitCount, dropOlder = true, limit = 256 }: GathererOptions<Reference>) {
    this.#toleranceMs = toleranceMs;
    this.#waitCount = waitCount;
    this.#dropOlder = dropOlder;
    this.#limit = limit;
  }

  addReference(reference: Reference): void {
    const mine = (item: Item) => this.#areNear(reference, item);
    this.#waiting.push({ reference, items: this.#unmatched.filter(mine) });
    this.#unmatched = this.#unmatched.filter((item) => !mine(item));
    if (this.#waiting.length > this.#limit) this.#waiting.shift();
  }

  addData(item: Item): void {
    this.#latestData = Math.max(this.#latestData, item.getTimestamp());
    const first = this.#waiting.find(({ reference }) => this.#areNear(reference, item));
    if (first) first.items.push(item);
    else this.#unmatched.push(item);
    if (this.#unmatched.length > this.#limit) this.#unmatched.shift();
  }

  /** No more data will come. */
  endData(): void {
    this.#latestData = Infinity;
  }

  /** The earliest reference that is complete, with its data; `null` where there is none that may go. */
  next(): GatheredData<Reference, Item> | null {
    const found = this.#dropOlder
      ? earliestOf(this.#waiting.filter((one) => this.#isComplete(one)))
      : this.#firstInTurn();
    if (!found) return null;
    const time = timeOf(found);
    this.#waiting = this.#waiting.filter((one) => one !== found && timeOf(one) >= time);
    this.#unmatched = this.#unmatched.filter((item) => item.getTimestamp() >= time);
    return new GatheredData(found.reference, found.items);
  }

  /** The earliest, if it is complete, without those before that never will be. */
  #firstInTurn(): Waiting<Reference, Item> | null {
    this.#waiting = this.#waiting.filter(
      (one) => this.#isComplete(one) || this.#latestData < timeOf(one) + this.#toleranceMs,
    );
    const earliest = earliestOf(this.#waiting);
    return earliest && this.#isComplete(earliest) ? earliest : null;
  }

  #isComplete({ reference, items }: Waiting<Reference, Item>): boolean {
    return items.length === this.#waitCount(reference);
  }

  #areNear(reference: Reference, item: Item): boolean {
    return Math.abs(reference.getTimestamp() - item.getTimestamp()) < this.#toleranceMs;
  }
}

function earliestOf<W extends Waiting<Buffer, Buffer>>(all: readonly W[]): W | null {
  return all.reduce<W | null>((a, b) => (a && timeOf(a) <= timeOf(b) ? a : b), null);
}

function timeOf({ reference }: Waiting<Buffer, Buffer>): number {
  return reference.getTimestamp();
}
