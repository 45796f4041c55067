import { expect, test } from "vitest";
import type { Clock } from "../clock.ts";
import { Buffer } from "../messages/buffer.ts";
import { ImgFrame } from "../messages/img-frame.ts";
import { NNData } from "../messages/nn-data.ts";
import { Pipeline } from "../pipeline.ts";
import { readAll } from "../testing/frames.ts";
import { Collecting, numbersOf, Relay } from "../testing/nodes.ts";
import { BenchmarkIn } from "./benchmark-in.ts";
import { BenchmarkOut } from "./benchmark-out.ts";

/** Time that the test moves. */
function handClock(): Clock & { time: number } {
  const clock = {
    time: 1000,
    now: () => clock.time,
    after: () => () => {},
    sleep: async (milliseconds: number) => {
      // What is on its way arrives first.
      await new Promise((resolve) => setTimeout(resolve, 1));
      clock.time += milliseconds;
    },
  };
  return clock;
}

/** One message through BenchmarkOut, a step and BenchmarkIn. */
async function run(
  message: Buffer,
  build: (out: BenchmarkOut, into: BenchmarkIn) => void,
  step = (_: { time: number }) => {},
) {
  const clock = handClock();
  const pipeline = new Pipeline(null, { clock });
  const out = pipeline.create(BenchmarkOut);
  const relay = pipeline.create(Relay, () => step(clock));
  const into = pipeline.create(BenchmarkIn);
  const collecting = pipeline.create(Collecting);
  build(out, into);
  out.out.link(relay.input);
  relay.out.link(into.input);
  into.passthrough.link(collecting.input);
  // As a network would have it: one after the other.
  for (const input of [relay.input, into.input]) input.setMaxSize(1);
  const input = out.input.createInputQueue();
  const reports = into.report.createOutputQueue(100);
  await pipeline.start();
  await input.send(message);
  await pipeline.wait();
  return { reports: await readAll(reports), messages: collecting.messages };
}

test("one message is sent as often as was said, stamped anew each time, over the same bytes", async () => {
  const frame = ImgFrame.fromImage({ width: 2, height: 2, data: new Uint8Array(12) }, { timestamp: 1, sequenceNum: 9 });
  const data = new NNData({ batchSize: 2 }, { sequenceNum: 9 }).addTensor("x", [1, 2]);
  for (const message of [frame, data]) {
    const { messages } = await run(message, (out) => out.setNumMessagesToSend(5).setRunOnHost(true));
    expect(numbersOf(messages)).toEqual([0, 1, 2, 3, 4]);
    expect(
      messages.every((one) => one.constructor === message.constructor && one.getData() === message.getData()),
    ).toBe(true);
    expect(message.getSequenceNum()).toBe(9);
  }
});

test("at a rate, it waits in between", async () => {
  const frame = ImgFrame.fromImage({ width: 2, height: 2, data: new Uint8Array(12) });
  const { messages } = await run(frame, (out) => out.setNumMessagesToSend(4).setFps(20));
  expect(messages.map((message) => message.getTimestamp())).toEqual([1000, 1050, 1100, 1150]);
});

test("reports tell rate and latency in seconds, one every so many messages", async () => {
  const frame = ImgFrame.fromImage({ width: 2, height: 2, data: new Uint8Array(12) });
  const { reports } = await run(frame, (out, into) => {
    out.setNumMessagesToSend(25).setFps(10);
    into.sendReportEveryNMessages(10).measureIndividualLatencies(true).logReportsAsWarnings(false).setRunOnHost(true);
  });
  expect(reports.length).toBe(2);
  for (const report of reports) {
    expect(report.fps).toBeCloseTo(10, 6);
    expect(report.numMessagesReceived).toBe(10);
    expect(report.latencies.length).toBe(10);
    expect(report.averageLatency).toBeCloseTo(report.latencies.reduce((a, b) => a + b) / 10, 12);
  }
  expect(reports.map(({ timeTotal }) => timeTotal)).toBeCloseToTensor([0.9, 1], { atol: 1e-9 });
});

test("latency is from the message's timestamp to its arrival", async () => {
  const { reports } = await run(
    ImgFrame.fromImage({ width: 2, height: 2, data: new Uint8Array(12) }),
    (out, into) => {
      out.setNumMessagesToSend(1);
      into.sendReportEveryNMessages(1);
    },
    (clock) => {
      clock.time += 25;
    },
  );
  expect(reports[0]!.averageLatency).toBeCloseTo(0.025, 12);
  expect(reports[0]!.latencies).toEqual([]);
});

test("as fast as it goes, it can be stopped", async () => {
  const pipeline = new Pipeline(null);
  const out = pipeline.create(BenchmarkOut);
  const into = pipeline.create(BenchmarkIn);
  out.out.link(into.input);
  const input = out.input.createInputQueue();
  const reports = into.report.createOutputQueue();
  await pipeline.start();
  await input.send(new Buffer());
  expect((await reports.get()).fps).toBeGreaterThan(0);
  await new Promise((resolve) => setTimeout(resolve, 20));
  pipeline.stop();
  await pipeline.wait();
});

test("numbers out of range are refused", () => {
  const pipeline = new Pipeline(null);
  const out = pipeline.create(BenchmarkOut);
  expect(() => out.setFps(0)).toThrow("BenchmarkOut: expected fps above 0, or -1, got 0");
  expect(() => out.setNumMessagesToSend(-2)).toThrow("got -2");
  expect(() => pipeline.create(BenchmarkIn).sendReportEveryNMessages(0)).toThrow("got 0");
  expect(() => pipeline.build()).toThrow("BenchmarkOut 0: expected an output linked to its input, got none");
});
