/**
 * How many of a pipeline's loops are at work rather than waiting for a message or for time to pass: what a virtual
 * clock must know before it moves on.
 */
export class Activity {
  #atWork = 0;

  get atWork(): number {
    return this.#atWork;
  }

  /** Count as working until the promise settles. */
  async during<R>(work: Promise<R>): Promise<R> {
    this.#atWork++;
    try {
      return await work;
    } finally {
      this.#atWork--;
    }
  }

  /** Count as waiting until the promise settles: called by a loop that counts as working. */
  async whileWaiting<R>(wait: Promise<R>): Promise<R> {
    this.#atWork--;
    try {
      return await wait;
    } finally {
      this.#atWork++;
    }
  }
}
