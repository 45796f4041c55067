import { Buffer, type Stamps } from "./buffer.ts";

export type BenchmarkFigures = {
  /** Messages a second. */
  readonly fps: number;
  /** Seconds from the first message to the last. */
  readonly timeTotal: number;
  readonly numMessagesReceived: number;
  /** Seconds from a message's timestamp to its arrival, on average. */
  readonly averageLatency: number;
  /** The same of each message; empty unless that was asked for. */
  readonly latencies: readonly number[];
};

/** What BenchmarkIn measured over a number of messages. */
export class BenchmarkReport extends Buffer implements BenchmarkFigures {
  readonly fps: number;
  readonly timeTotal: number;
  readonly numMessagesReceived: number;
  readonly averageLatency: number;
  readonly latencies: readonly number[];

  constructor(
    { fps, timeTotal, numMessagesReceived, averageLatency, latencies }: BenchmarkFigures,
    stamps: Stamps = {},
  ) {
    super(new Uint8Array(), stamps);
    this.fps = fps;
    this.timeTotal = timeTotal;
    this.numMessagesReceived = numMessagesReceived;
    this.averageLatency = averageLatency;
    this.latencies = latencies;
  }
}
