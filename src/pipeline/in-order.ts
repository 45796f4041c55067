import { ArcfaceError } from "../errors.ts";
import type { Activity } from "./activity.ts";

/**
 * Several pieces of work at a time, whose results are handed on in the order in which the work began. A piece takes up
 * its place until its result has been taken, so that whoever is slow to take them holds up new work.
 */
export class InOrder {
  readonly #limit: number;
  readonly #activity: Activity;
  readonly #waiting: (() => void)[] = [];
  readonly #fail: (error: unknown) => void;
  #underWay = 0;
  #tail: Promise<void> = Promise.resolve();
  /** Never resolves; rejects with the first error of work or delivery. */
  readonly failed: Promise<never>;

  constructor(limit: number, activity: Activity) {
    this.#limit = limit;
    this.#activity = activity;
    let fail: (error: unknown) => void = () => {};
    this.failed = new Promise((_, reject) => {
      fail = reject;
    });
    this.#fail = fail;
    // Who listens is told; that nobody does is no error of its own.
    this.failed.catch(() => {});
  }

  /** Places that are free now. */
  get free(): number {
    return this.#limit - this.#underWay;
  }

  /** Resolves when there is a place. Called by a loop, which counts as waiting meanwhile. */
  async room(): Promise<void> {
    while (this.free <= 0) {
      await this.#activity.whileWaiting(new Promise<void>((resolve) => this.#waiting.push(resolve)));
    }
  }

  /** @param work begun by the caller. @param deliver called with its result after those of all work before. */
  add<R>(work: Promise<R>, deliver: (result: R) => Promise<void>): void {
    this.#underWay++;
    const before = this.#tail;
    const settled = work.then(
      (result) => ({ result }),
      (error: unknown) => ({ error }),
    );
    this.#tail = this.#activity.during(
      (async () => {
        const outcome = await settled;
        if ("error" in outcome) this.#fail(outcome.error);
        await this.#activity.whileWaiting(before);
        if ("error" in outcome) throw outcome.error;
        await deliver(outcome.result);
        this.#underWay--;
        this.#waiting.shift()?.();
      })(),
    );
    this.#tail.catch(this.#fail);
  }

  /** Resolves when all results have been taken. @throws the first error. */
  async drained(): Promise<void> {
    await this.#activity.whileWaiting(Promise.race([this.#tail, this.failed]));
  }
}

/**
 * A node's loop with work under way: `step` takes in messages and adds work until its input ends; what is under way
 * then is delivered still.
 *
 * @throws the first error of a step, of work or of delivery; QueueException where the pipeline stops or the input ends.
 */
export async function runInOrder(work: InOrder, step: () => Promise<void>): Promise<void> {
  const loop = async (): Promise<never> => {
    try {
      for (;;) {
        await work.room();
        await step();
      }
    } catch (error) {
      if (error instanceof ArcfaceError && error.code === "CLOSED") await work.drained();
      throw error;
    }
  };
  await Promise.race([loop(), work.failed]);
}
