import { expected } from "../../errors.ts";
import type { Buffer } from "../messages/buffer.ts";
import { restamp } from "../restamp.ts";
import { ThreadedHostNode } from "../threaded-host-node.ts";

/**
 * Sends one message again and again, to see how fast what follows can go. Frames and tensors are stamped anew each time,
 * with the pipeline's time and a number from 0.
 */
export class BenchmarkOut extends ThreadedHostNode {
  /** Takes one message. */
  readonly input = this.createInput<Buffer>({ name: "input" });
  readonly out = this.createOutput<Buffer>({ name: "out" });
  #fps = -1;
  #count = -1;

  override getName(): string {
    return "BenchmarkOut";
  }

  /** Messages a second; −1, the default: as fast as they are taken. */
  setFps(fps: number): this {
    if (fps !== -1 && !(fps > 0 && fps < Infinity)) throw expected("BenchmarkOut", "fps above 0, or -1", `${fps}`);
    this.#fps = fps;
    return this;
  }

  /** −1, the default: for ever. */
  setNumMessagesToSend(count: number): this {
    if (!(Number.isInteger(count) && count >= -1)) {
      throw expected("BenchmarkOut", "a number of messages, or -1", `${count}`);
    }
    this.#count = count;
    return this;
  }

  /** There is no other place than the host here. */
  setRunOnHost(_runOnHost: boolean): this {
    return this;
  }

  override checkBuilt(): void {
    if (!this.input.isConnected()) throw expected(`BenchmarkOut ${this.id}`, "an output linked to its input", "none");
  }

  protected override async run(): Promise<void> {
    const { clock, signal } = this.getParentPipeline();
    const message = await this.input.get();
    const start = clock.now();
    for (let i = 0; i !== this.#count && this.mainLoop(); i++) {
      const wait = this.#fps === -1 ? 0 : start + (1000 * i) / this.#fps - clock.now();
      if (wait > 0) await clock.sleep(wait, signal);
      await this.out.send(restamp(message, { timestamp: clock.now(), sequenceNum: i }));
    }
  }
}
