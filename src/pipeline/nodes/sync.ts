import type { Input } from "../input.ts";
import { MessageGroup } from "../messages/message-group.ts";
import { syncInputs } from "../sync-inputs.ts";
import { ThreadedHostNode } from "../threaded-host-node.ts";

/** Joins messages of several streams that were made at the same time into groups, by name of input. */
export class Sync extends ThreadedHostNode {
  readonly out = this.createOutput<MessageGroup>({ name: "out", types: [MessageGroup] });
  /** `inputs.get("left")` makes the input where there is none yet: it holds 10 messages and drops the oldest. */
  readonly inputs = new InputMap((name) => this.createInput({ name, group: "inputs", blocking: false, queueSize: 10 }));
  #thresholdMs = 10;
  #attempts = -1;

  override getName(): string {
    return "Sync";
  }

  /** Milliseconds that messages of a group may lie apart, exclusive. Default 10. */
  setSyncThreshold(milliseconds: number): this {
    this.#thresholdMs = milliseconds;
    return this;
  }

  getSyncThreshold(): number {
    return this.#thresholdMs;
  }

  /** −1 (default): wait for ever; 0: send as soon as there is one of each; n: after n messages that did not fit. */
  setSyncAttempts(attempts: number): this {
    this.#attempts = attempts;
    return this;
  }

  getSyncAttempts(): number {
    return this.#attempts;
  }

  protected override async run(): Promise<void> {
    const options = { thresholdMs: this.#thresholdMs, attempts: this.#attempts };
    for await (const group of syncInputs(this.inputs.entries(), options)) await this.out.send(group);
  }
}

/** Inputs by name, made when first asked for. */
export class InputMap {
  readonly #inputs = new Map<string, Input>();
  readonly #make: (name: string) => Input;

  constructor(make: (name: string) => Input) {
    this.#make = make;
  }

  get(name: string): Input {
    const input = this.#inputs.get(name) ?? this.#make(name);
    this.#inputs.set(name, input);
    return input;
  }

  has(name: string): boolean {
    return this.#inputs.has(name);
  }

  entries(): ReadonlyMap<string, Input> {
    return this.#inputs;
  }
}
