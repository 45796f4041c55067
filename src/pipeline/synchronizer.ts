import { expected } from "../errors.ts";
import { Fifo } from "./fifo.ts";
import type { Buffer } from "./messages/buffer.ts";

export type SyncOptions = {
  /** Messages belong together where their timestamps lie less than this apart. */
  readonly thresholdMs?: number;
  /** Tries before messages are sent though they lie further apart; −1: never; 0: as soon as there is one of each. */
  readonly attempts?: number;
};

/**
 * Which messages of several streams belong together, by DepthAI's rule: one of each stream is held; while the oldest and
 * the newest lie `thresholdMs` or more apart, the oldest gives way to the next of its stream.
 */
export class Synchronizer<Name extends string = string> {
  readonly #thresholdMs: number;
  readonly #attempts: number;
  readonly #held = new Map<Name, Buffer>();
  readonly #waiting = new Map<Name, Fifo<Buffer>>();
  #tried = 0;

  constructor(names: readonly Name[], { thresholdMs = 10, attempts = -1 }: SyncOptions = {}) {
    if (names.length === 0) throw expected("Sync", "at least one input", "none");
    if (!(thresholdMs >= 0)) throw expected("Sync", "a threshold of 0 ms or more", `${thresholdMs}`);
    this.#thresholdMs = thresholdMs;
    this.#attempts = attempts;
    for (const name of names) this.#waiting.set(name, new Fifo());
  }

  /** The streams whose next message is wanted now. */
  missing(): Name[] {
    return [...this.#waiting.keys()].filter((name) => !this.#held.has(name) && this.#waiting.get(name)!.length === 0);
  }

  /** @returns messages that belong together, by stream; `null` where none do yet. */
  add(name: Name, message: Buffer): Map<Name, Buffer> | null {
    this.#waiting.get(name)!.push(message);
    return this.next();
  }

  /** The next ones that belong together among what has come already. */
  next(): Map<Name, Buffer> | null {
    while (this.#fill()) {
      const [oldest, spread] = this.#oldest();
      const giveUp = this.#attempts >= 0 && this.#tried >= this.#attempts;
      if (spread < this.#thresholdMs || giveUp) {
        const together = new Map(this.#inOrder());
        this.#held.clear();
        this.#tried = 0;
        return together;
      }
      this.#held.delete(oldest);
      this.#tried++;
    }
    return null;
  }

  /** What is held in the streams' order, not in that of arrival: of two of one age the same one goes in every run. */
  #inOrder(): [Name, Buffer][] {
    return [...this.#waiting.keys()].map((name) => [name, this.#held.get(name)!]);
  }

  /** @returns whether one of each stream is held. */
  #fill(): boolean {
    for (const [name, fifo] of this.#waiting) {
      if (this.#held.has(name)) continue;
      const message = fifo.shift();
      if (message) this.#held.set(name, message);
    }
    return this.#held.size === this.#waiting.size;
  }

  #oldest(): [name: Name, spreadMs: number] {
    let [oldest, earliest, latest] = ["" as Name, Infinity, -Infinity];
    for (const [name, message] of this.#inOrder()) {
      const time = message.getTimestamp();
      if (time < earliest) [oldest, earliest] = [name, time];
      latest = Math.max(latest, time);
    }
    return [oldest, latest - earliest];
  }
}
