import { Buffer, type Stamps } from "./buffer.ts";

/** Messages that belong together, by name. Its timestamp and sequence number are those of the newest. */
export class MessageGroup extends Buffer implements Iterable<readonly [string, Buffer]> {
  readonly #messages = new Map<string, Buffer>();

  constructor(messages: Iterable<readonly [string, Buffer]> = [], stamps: Stamps = {}) {
    super(new Uint8Array(), stamps);
    for (const [name, message] of messages) this.add(name, message);
  }

  add(name: string, message: Buffer): this {
    this.#messages.set(name, message);
    return this;
  }

  /** `null` where the group has nothing of that name. */
  get(name: string): Buffer | null {
    return this.#messages.get(name) ?? null;
  }

  getMessageNames(): string[] {
    return [...this.#messages.keys()];
  }

  getNumMessages(): number {
    return this.#messages.size;
  }

  /** The time between its oldest and its newest message, milliseconds; 0 where there are none. */
  getIntervalMs(): number {
    const times = [...this.#messages.values()].map((message) => message.getTimestamp());
    return times.length === 0 ? 0 : Math.max(...times) - Math.min(...times);
  }

  [Symbol.iterator](): Iterator<readonly [string, Buffer]> {
    return this.#messages.entries();
  }
}
