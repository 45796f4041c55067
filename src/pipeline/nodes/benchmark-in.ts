import { expected } from "../../errors.ts";
import { BenchmarkReport } from "../messages/benchmark-report.ts";
import type { Buffer } from "../messages/buffer.ts";
import { ThreadedHostNode } from "../threaded-host-node.ts";

/** Counts messages and how long they were on their way, and reports. */
export class BenchmarkIn extends ThreadedHostNode {
  readonly input = this.createInput<Buffer>({ name: "input" });
  readonly report = this.createOutput<BenchmarkReport>({ name: "report", types: [BenchmarkReport] });
  readonly passthrough = this.createOutput<Buffer>({ name: "passthrough" });
  #every = 50;
  #individual = false;

  override getName(): string {
    return "BenchmarkIn";
  }

  /** Default 50. */
  sendReportEveryNMessages(count: number): this {
    if (!(Number.isInteger(count) && count > 0)) throw expected("BenchmarkIn", "a number of messages", `${count}`);
    this.#every = count;
    return this;
  }

  /** Nothing is ever printed here: read `report`. */
  logReportsAsWarnings(_log: boolean): this {
    return this;
  }

  /** Have each message's latency in the report. Default false. */
  measureIndividualLatencies(measure: boolean): this {
    this.#individual = measure;
    return this;
  }

  /** There is no other place than the host here. */
  setRunOnHost(_runOnHost: boolean): this {
    return this;
  }

  override checkBuilt(): void {
    if (!this.input.isConnected()) throw expected(`BenchmarkIn ${this.id}`, "an output linked to its input", "none");
  }

  protected override async run(): Promise<void> {
    const { clock } = this.getParentPipeline();
    /** When the last message of the report before came. */
    let before: number | null = null;
    let latencies: number[] = [];
    while (this.mainLoop()) {
      const message = await this.input.get();
      const now = clock.now();
      before ??= now;
      latencies.push((now - message.getTimestamp()) / 1000);
      await this.passthrough.send(message);
      if (latencies.length < this.#every) continue;
      await this.report.send(this.#report(latencies, before, now, message));
      before = now;
      latencies = [];
    }
  }

  /** Messages are counted from one to the next: the first report's first message only begins it. */
  #report(latencies: readonly number[], before: number, now: number, last: Buffer): BenchmarkReport {
    const timeTotal = (now - before) / 1000;
    const isFirst = this.report.sent === 0;
    const report = new BenchmarkReport({
      fps: (latencies.length - (isFirst ? 1 : 0)) / timeTotal,
      timeTotal,
      numMessagesReceived: latencies.length,
      averageLatency: latencies.reduce((a, b) => a + b, 0) / latencies.length,
      latencies: this.#individual ? latencies : [],
    });
    return report.setStampsOf(last);
  }
}
