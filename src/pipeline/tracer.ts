import type { Buffer } from "./messages/buffer.ts";
import { Recent, type Summary } from "./recent.ts";

/** DepthAI's states of a node, in words. */
export type NodeActivity = "idle" | "getting inputs" | "processing" | "sending outputs";

/** What a node's time went to, and how long messages take in it. Times are the machine's, whatever the pipeline's clock. */
export type NodeTrace = {
  readonly state: NodeActivity;
  /** Messages a second: taken, or given where nothing is taken; of the newest 128, until now. */
  readonly rate: number;
  /** Shares of the time since it began; together 1. Busy is what is neither of the others. */
  readonly busy: number;
  /** … nothing came in. */
  readonly waiting: number;
  /** … what comes after had no room. */
  readonly blocked: number;
  /** From taking a message to sending the one with the same timestamp; `null` before there was any. */
  readonly latencyMs: Summary | null;
  /** From the capture of a frame to sending what stems from it, by the pipeline's clock; `null` as above. */
  readonly ageMs: Summary | null;
};

/** Messages that a node has taken and not answered yet: more than any node works on at a time. */
const REMEMBERED = 256;

/** Counts for one node; each call costs well under a microsecond. */
export class Tracer {
  enabled = true;
  #state: NodeActivity = "idle";
  #gets = 0;
  #sends = 0;
  #began = 0;
  #since = 0;
  readonly #spent: Record<NodeActivity, number> = { idle: 0, "getting inputs": 0, processing: 0, "sending outputs": 0 };
  /** When the message of a timestamp was taken. */
  readonly #taken = new Map<number, number>();
  readonly #takenAt = new Recent();
  readonly #sentAt = new Recent();
  readonly #latency = new Recent();
  readonly #age = new Recent();
  #takes = false;

  begin(): void {
    this.#enter("processing");
    this.#began = this.#since;
  }

  end(): void {
    this.#enter("idle");
  }

  /** The node waits for a message. */
  beginGet(): void {
    this.#gets++;
    this.#change();
  }

  endGet(): void {
    this.#gets--;
    this.#change();
  }

  took(message: Buffer): void {
    if (!this.enabled) return;
    const now = performance.now();
    this.#takes = true;
    this.#takenAt.push(now);
    this.#taken.set(message.getTimestamp(), now);
    if (this.#taken.size > REMEMBERED) this.#taken.delete(this.#taken.keys().next().value!);
  }

  /** @param pipelineNow the time by the pipeline's clock. */
  sends(message: Buffer, pipelineNow: number): void {
    if (!this.enabled) return;
    const [now, timestamp] = [performance.now(), message.getTimestamp()];
    this.#sentAt.push(now);
    const taken = this.#taken.get(timestamp);
    if (taken !== undefined) this.#latency.push(now - taken);
    // 0 is what a message has that nobody stamped.
    if (timestamp !== 0) this.#age.push(pipelineNow - timestamp);
  }

  /** The node waits for room. */
  beginBlocked(): void {
    this.#sends++;
    this.#change();
  }

  endBlocked(): void {
    this.#sends--;
    this.#change();
  }

  snapshot(): NodeTrace {
    const now = this.#state === "idle" ? this.#since : performance.now();
    const total = now - this.#began;
    const share = (state: NodeActivity): number => {
      const spent = this.#spent[state] + (this.#state === state ? now - this.#since : 0);
      return total > 0 ? spent / total : 0;
    };
    return {
      state: this.#state,
      rate: (this.#takes ? this.#takenAt : this.#sentAt).rate(now),
      busy: share("processing"),
      waiting: share("getting inputs"),
      blocked: share("sending outputs"),
      latencyMs: this.#latency.summarize(),
      ageMs: this.#age.summarize(),
    };
  }

  #change(): void {
    if (this.#state === "idle") return;
    // Several waits at a time: it is the way out that holds it up, if that is one of them.
    this.#enter(this.#sends > 0 ? "sending outputs" : this.#gets > 0 ? "getting inputs" : "processing");
  }

  #enter(state: NodeActivity): void {
    const now = performance.now();
    this.#spent[this.#state] += now - this.#since;
    this.#since = now;
    this.#state = state;
  }
}
