import { expect, test } from "vitest";
import { ArcfaceError } from "../errors.ts";
import { Buffer } from "./messages/buffer.ts";
import { Pipeline } from "./pipeline.ts";
import type { RecordOptions } from "./record.ts";
import { inspectRecording } from "./record-entries.ts";
import { inChunks, MemorySink } from "./testing/memory-sink.ts";
import { Camera, graph, messageOf, record, replay } from "./testing/recorded-run.ts";
import { ThreadedHostNode } from "./threaded-host-node.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test("what a recording has can be told without replaying it", async () => {
  const { bytes } = await record({ compress: null });
  const summary = await inspectRecording(inChunks(bytes));
  expect(summary).toMatchObject({ sources: ["Camera #0", "Camera #1"], messages: 49, complete: true });
  expect(summary.durationMs).toBeGreaterThan(0);
});

test("frames are packed, and are the same again", async () => {
  const [packed, plain] = [await record(), await record({ compress: null })];
  expect(packed.bytes.length).toBeLessThan(plain.bytes.length);
  expect((await replay(plain.bytes, () => {})).sources).toEqual(plain.run.sources);
});

test("a recording that is cut off anywhere can be replayed up to there", async () => {
  const { run, bytes } = await record();
  const whole = await inspectRecording(inChunks(bytes));
  let last = 0;
  for (let length = 200; length < bytes.length; length += 97) {
    const { messages, complete } = await inspectRecording(inChunks(bytes.subarray(0, length)));
    expect([messages >= last, complete]).toEqual([true, false]);
    last = messages;
  }
  expect(last).toBeLessThanOrEqual(whole.messages);
  const half = await replay(bytes.subarray(0, bytes.length / 2), () => {});
  expect(half.sources[0]!.length).toBeGreaterThan(3);
  expect(half.sources[0]).toEqual(run.sources[0]!.slice(0, half.sources[0]!.length));
});

test("a stopped pipeline leaves a whole recording of what came until then", async () => {
  const sink = new MemorySink();
  const { pipeline } = graph(new Pipeline(), () => {});
  pipeline.enableHolisticRecord({ sink });
  await pipeline.start();
  await later(20);
  pipeline.stop();
  await pipeline.wait();
  const { messages, complete } = await inspectRecording(inChunks(sink.bytes));
  expect([messages > 0, complete]).toEqual([true, true]);
});

test("bytes that are no recording, of another version or damaged are refused, and the pipeline says where", async () => {
  const { bytes } = await record();
  const change = (at: number, value: number) => bytes.with(at, value);
  await expect(replay(new Uint8Array(100), () => {})).rejects.toMatchObject({
    code: "UNSUPPORTED_FORMAT",
    message: "HolisticReplay 5: recording: expected a recording of a pipeline, got something else",
  });
  await expect(replay(new Uint8Array(), () => {})).rejects.toMatchObject({ code: "UNSUPPORTED_FORMAT" });
  await expect(replay(change(8, 9), () => {})).rejects.toThrow("expected a recording of version 1, got 9");
  await expect(replay(change(15, 255), () => {})).rejects.toThrow("expected an entry at byte 12, got lengths");
  await expect(replay(change(40, 0), () => {})).rejects.toThrow("got another checksum: it is damaged");
  await expect(replay(bytes.subarray(0, 12), () => {})).rejects.toThrow("the recording is empty");
});

test("a single bit that was changed is noticed", async () => {
  const { bytes } = await record();
  const damaged = bytes.slice();
  damaged[Math.floor(damaged.length / 2)]! ^= 1;
  await expect(replay(damaged, () => {})).rejects.toMatchObject({
    code: "UNSUPPORTED_FORMAT",
    message: expect.stringContaining("got another checksum: it is damaged"),
  });
});

test("a pipeline with other sources than the recording's is refused before anything starts", async () => {
  const { bytes } = await record();
  const pipeline = new Pipeline(null, { clock: createVirtualClock() });
  const camera = pipeline.create(Camera, 3);
  pipeline.enableHolisticReplay({ chunks: inChunks(bytes) });
  await expect(pipeline.start()).rejects.toMatchObject({
    code: "CONFLICT",
    message: expect.stringContaining("expected the sources that were recorded, Camera #0, Camera #1, got Camera #0"),
  });
  expect(camera.life.started).toBe(0);
});

class Own extends Buffer {
  readonly word: string = "own";
}

test("a class of one's own needs a codec, and with one comes back", async () => {
  class Source extends ThreadedHostNode {
    readonly out = this.createOutput<Own>({ name: "out" });
    protected override async run() {
      await this.out.send(new Own());
    }
  }
  const recordOwn = async (options: Partial<RecordOptions>) => {
    const [sink, pipeline] = [new MemorySink(), new Pipeline()];
    pipeline.create(Source);
    pipeline.enableHolisticRecord({ sink, ...options });
    await pipeline.run();
    return sink.bytes;
  };
  await expect(recordOwn({})).rejects.toMatchObject({
    code: "UNSUPPORTED_FORMAT",
    hint: expect.stringContaining("codecs"),
  });
  const codec = {
    name: "Own",
    type: Own,
    encode: () => ({ fields: {}, data: new Uint8Array() }),
    decode: () => new Own(),
  };
  const bytes = await recordOwn({ codecs: [codec] });
  const pipeline = new Pipeline(null, { clock: createVirtualClock() });
  const queue = pipeline.create(Source).out.createOutputQueue();
  pipeline.enableHolisticReplay({ chunks: inChunks(bytes), codecs: [codec] });
  await pipeline.run();
  expect(queue.tryGet()).toBeInstanceOf(Own);
});

test("a disk that is full ends the pipeline, and says so", async () => {
  const sink = new MemorySink();
  let writes = 0;
  const full = {
    write: async (bytes: Uint8Array) => {
      if (writes++ > 5) throw new ArcfaceError("NO_SPACE", "run.rec: writing a recording: the disk is full");
      await sink.write(bytes);
    },
    close: () => sink.close(),
  };
  const { pipeline } = graph(new Pipeline(), () => {});
  pipeline.enableHolisticRecord({ sink: full });
  await pipeline.start();
  await expect(pipeline.wait()).rejects.toMatchObject({
    code: "NO_SPACE",
    message: expect.stringContaining("HolisticRecord"),
  });
  expect(sink.closed).toBe(true);
});

test("a source that is faster than the disk waits for it", async () => {
  let pending = 0;
  let most = 0;
  const slow = {
    write: async () => {
      most = Math.max(most, ++pending);
      await later(2);
      pending--;
    },
    close: async () => {},
  };
  class Fast extends ThreadedHostNode {
    readonly out = this.createOutput({ name: "out" });
    protected override async run() {
      for (let i = 0; i < 30; i++) await this.out.send(messageOf(0, i));
    }
  }
  const pipeline = new Pipeline();
  const fast = pipeline.create(Fast);
  pipeline.enableHolisticRecord({ sink: slow });
  await pipeline.start();
  await later(20);
  // Written one after the other: what was sent is at most what is written, and five that wait.
  expect(fast.out.sent).toBeLessThan(20);
  expect(most).toBe(1);
  await pipeline.wait();
});
