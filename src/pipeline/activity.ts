import { afterMicrotasks } from "../host/macrotask.ts";

/** How long loops may hand messages to one another before timers, sockets and signals get a turn. */
const BREATH_MS = 10;

/** Sends of one node that began in one step of it. */
type Burst = { readonly sender: object; readonly waits: Promise<unknown>[]; readonly over: Promise<void> };

type Waiter = { readonly ticket: number; resume(): void };

/** What moves a virtual clock. */
export interface Driver {
  /** All loops wait: go on to the next moment. @returns false where there is none. */
  advance(): boolean;
  /** The pipeline ends: nobody is to wait any more. */
  release(): void;
}

/**
 * How many of a pipeline's loops are at work rather than waiting for a message, for room or for time to pass: what a
 * virtual clock must know before it moves on.
 *
 * Under such a clock loops also take turns (`takeTurns`): one goes at a time, from one wait to the next, and of those
 * that could go on the one that began to wait first does. What happens, and in which order, then no longer depends on
 * how long anything takes.
 */
export class Activity {
  #atWork = 0;
  #driver: Driver | null = null;
  #nextTicket = 0;
  #ready: Waiter[] = [];
  #looking = false;
  #lastBreath = 0;
  #breath: Promise<void> | null = null;
  #burst: Burst | null = null;

  get atWork(): number {
    return this.#atWork;
  }

  /** A loop, which counts as working from its first step to its last. */
  async begin<R>(loop: () => Promise<R>): Promise<R> {
    const turn = this.#enter(this.#nextTicket++);
    if (turn) await turn;
    try {
      return await loop();
    } finally {
      this.#leave();
    }
  }

  /** Count as working until the promise settles. A failure that nobody has begun to wait for yet waits with it. */
  during<R>(work: Promise<R>): Promise<R> {
    this.#atWork++;
    const counted = work.finally(() => this.#leave());
    counted.catch(() => {});
    return counted;
  }

  /** Count as waiting until the promise settles: called by a loop that counts as working. */
  async whileWaiting<R>(wait: Promise<R>): Promise<R> {
    const ticket = this.#nextTicket++;
    this.#leave();
    try {
      return await wait;
    } finally {
      const turn = this.#enter(ticket);
      if (turn) await turn;
    }
  }

  /**
   * As whileWaiting, for a send that finds no room. Those that a loop begins together are one wait, which is over when
   * the last of them is: a loop does not wait twice at a time.
   */
  whileSending(sender: object, wait: Promise<unknown>): Promise<void> {
    if (this.#burst?.sender === sender) {
      this.#burst.waits.push(wait);
      return this.#burst.over;
    }
    const waits = [wait];
    const all = Promise.resolve().then(() => Promise.allSettled(waits));
    const burst = { sender, waits, over: this.whileWaiting(all).then(() => {}) };
    this.#burst = burst;
    queueMicrotask(() => {
      if (this.#burst === burst) this.#burst = null;
    });
    return burst.over;
  }

  /**
   * A promise to wait for where loops have gone on for long without letting anything else have its turn; else `null`.
   * Loops that only hand messages over would otherwise starve the timer that stops them. All wait alike: none is to run
   * ahead of another.
   */
  breathe(): Promise<void> | null {
    if (this.#breath || performance.now() - this.#lastBreath < BREATH_MS) return this.#breath;
    this.#breath = new Promise((resolve) =>
      afterMicrotasks(() => {
        this.#lastBreath = performance.now();
        this.#breath = null;
        resolve();
      }),
    );
    return this.#breath;
  }

  /** From now on one loop goes at a time, and the driver is called when all wait and none can go on. */
  takeTurns(driver: Driver): void {
    this.#driver = driver;
    this.#look();
  }

  /** From now on all go as they can: the pipeline ends. */
  letGo(): void {
    this.#driver?.release();
    this.#driver = null;
    for (const waiter of this.#ready.splice(0)) this.#resume(waiter);
  }

  #enter(ticket: number): Promise<void> | null {
    if (!this.#driver) {
      this.#atWork++;
      return null;
    }
    return new Promise((resume) => {
      this.#ready.push({ ticket, resume });
      this.#look();
    });
  }

  #leave(): void {
    this.#atWork--;
    this.#look();
  }

  /** Let the next one go, once everybody who can go on has said so. */
  #look(): void {
    if (!this.#driver || this.#atWork > 0 || this.#looking) return;
    this.#looking = true;
    afterMicrotasks(() => {
      this.#looking = false;
      if (!this.#driver || this.#atWork > 0) return;
      const first = this.#ready.reduce<Waiter | null>((a, b) => (a && a.ticket < b.ticket ? a : b), null);
      if (!first) return void (this.#driver.advance() && this.#look());
      this.#ready.splice(this.#ready.indexOf(first), 1);
      this.#resume(first);
    });
  }

  #resume(waiter: Waiter): void {
    this.#atWork++;
    waiter.resume();
  }
}
