import { MessageGroup } from "../messages/message-group.ts";
import { syncInputs } from "../sync-inputs.ts";
import { ThreadedHostNode } from "../threaded-host-node.ts";
import { PortMap } from "./port-map.ts";

/** Joins messages of several streams that were made at the same time into groups, by name of input. */
export class Sync extends ThreadedHostNode {
  readonly out = this.createOutput<MessageGroup>({ name: "out", types: [MessageGroup] });
  /** `inputs.get("left")` makes the input where there is none yet: it holds 10 messages and drops the oldest. */
  readonly inputs = new PortMap((name) => this.createInput({ name, group: "inputs", blocking: false, queueSize: 10 }));
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
