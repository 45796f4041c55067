/** Rows that may be among the nearest, with what is known of their similarities. */
export type Contenders = {
  readonly rows: Uint32Array;
  /** Whose row it is. */
  readonly slots: Uint32Array;
  /** The least and the most that the similarity may be. */
  readonly lowers: Float64Array;
  readonly uppers: Float64Array;
};

/** Below every cosine: a floor under which nothing is. */
export const NO_FLOOR = -4;

/**
 * Collects the rows that may hold one of the `limit` people nearest to a probe, of rows whose similarities are known
 * within bounds. A row is dropped when `limit` people are nearer for certain; what is left holds every one of them, and
 * all that equal the last.
 */
export class Nearest {
  /** A row with a lower upper bound need not be added. */
  floor: number = NO_FLOOR;
  readonly #limit: number;
  #capacity: number;
  #length = 0;
  #rows: Uint32Array;
  #slots: Uint32Array;
  #lowers: Float64Array;
  #uppers: Float64Array;

  constructor(limit: number) {
    this.#limit = limit;
    this.#capacity = Math.min(4096, Math.max(64, 4 * limit));
    this.#rows = new Uint32Array(this.#capacity);
    this.#slots = new Uint32Array(this.#capacity);
    this.#lowers = new Float64Array(this.#capacity);
    this.#uppers = new Float64Array(this.#capacity);
  }

  add(row: number, slot: number, lower: number, upper: number): void {
    if (upper < this.floor) return;
    if (this.#length === this.#capacity) this.#makeRoom();
    const at = this.#length++;
    this.#rows[at] = row;
    this.#slots[at] = slot;
    this.#lowers[at] = lower;
    this.#uppers[at] = upper;
  }

  addAll({ rows, slots, lowers, uppers }: Contenders): void {
    for (let i = 0; i < rows.length; i++) this.add(rows[i]!, slots[i]!, lowers[i]!, uppers[i]!);
  }

  /** What is left, best upper bound first. */
  contenders(): Contenders {
    this.#raiseFloor();
    const order = [...this.#uppers.subarray(0, this.#length).keys()].sort(
      (a, b) => this.#uppers[b]! - this.#uppers[a]!,
    );
    return {
      rows: Uint32Array.from(order, (i) => this.#rows[i]!),
      slots: Uint32Array.from(order, (i) => this.#slots[i]!),
      lowers: Float64Array.from(order, (i) => this.#lowers[i]!),
      uppers: Float64Array.from(order, (i) => this.#uppers[i]!),
    };
  }

  #makeRoom(): void {
    this.#raiseFloor();
    if (this.#length <= this.#capacity / 2) return;
    this.#capacity *= 2;
    this.#rows = grown(this.#rows, new Uint32Array(this.#capacity));
    this.#slots = grown(this.#slots, new Uint32Array(this.#capacity));
    this.#lowers = grown(this.#lowers, new Float64Array(this.#capacity));
    this.#uppers = grown(this.#uppers, new Float64Array(this.#capacity));
  }

  /** The floor is the `limit`-th best of what people's similarities are at least. */
  #raiseFloor(): void {
    const best = new Map<number, number>();
    for (let i = 0; i < this.#length; i++) {
      const slot = this.#slots[i]!;
      const lower = this.#lowers[i]!;
      if (lower > (best.get(slot) ?? -Infinity)) best.set(slot, lower);
    }
    if (best.size < this.#limit) return;
    const sorted = Float64Array.from(best.values()).sort();
    this.floor = Math.max(this.floor, sorted[sorted.length - this.#limit]!);
    let kept = 0;
    for (let i = 0; i < this.#length; i++) {
      if (this.#uppers[i]! < this.floor) continue;
      this.#rows[kept] = this.#rows[i]!;
      this.#slots[kept] = this.#slots[i]!;
      this.#lowers[kept] = this.#lowers[i]!;
      this.#uppers[kept] = this.#uppers[i]!;
      kept++;
    }
    this.#length = kept;
  }
}

function grown<A extends Uint32Array | Float64Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
