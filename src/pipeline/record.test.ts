import { expect, test } from "vitest";
import { ArcfaceError } from "../errors.ts";
import { MessageCodecs } from "./message-codecs.ts";
import { Buffer } from "./messages/buffer.ts";
import { ImgFrame } from "./messages/img-frame.ts";
import { ImgTransformation } from "./messages/img-transformation.ts";
import { MessageGroup } from "./messages/message-group.ts";
import { NNData } from "./messages/nn-data.ts";
import type { Output } from "./output.ts";
import { Pipeline } from "./pipeline.ts";
import type { RecordOptions } from "./record.ts";
import { inspectRecording } from "./record-entries.ts";
import { inChunks, MemorySink } from "./testing/memory-sink.ts";
import { Relay } from "./testing/nodes.ts";
import { randoms } from "./testing/randoms.ts";
import { ThreadedHostNode } from "./threaded-host-node.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function noise(length: number, seed: number): Uint8Array {
  const random = randoms(seed + 1);
  return Uint8Array.from({ length }, () => 256 * random());
}

/** Message i of a source: of every class that recordings know, in turn. */
function messageOf(i: number, timestamp: number): Buffer {
  const stamps = { timestamp, timestampDevice: timestamp - 3, sequenceNum: i };
  if (i % 4 === 0) return new Buffer(noise(50, i), stamps);
  if (i % 4 === 1) {
    const transformation = ImgTransformation.identity(40, 30).followedBy(
      [0.5, 0, 1 / 3, 0, 0.5, -0.25, 0, 0, 1],
      20,
      15,
    );
    return new ImgFrame({ type: "BGR888i", width: 20, height: 15, data: noise(900, i), transformation }, stamps);
  }
  const tensors = new NNData({}, stamps).addTensor("a", [1, 2, i]).addTensor("b", Float32Array.of(i / 3));
  if (i % 4 === 2) return tensors;
  return new MessageGroup(
    [
      ["frame", messageOf(1, timestamp)],
      ["tensors", tensors],
    ],
    stamps,
  );
}

type Life = { started: number; stopped: number };

/** A source that real time makes irregular: no two of its runs are alike. */
class Camera extends ThreadedHostNode {
  readonly out = this.createOutput({ name: "out" });
  readonly preview = this.createOutput({ name: "out", group: "preview" });
  readonly life: Life = { started: 0, stopped: 0 };
  readonly #count: number;

  constructor(count: number) {
    super();
    this.#count = count;
  }

  override getName() {
    return "Camera";
  }

  override onStart() {
    this.life.started++;
  }

  protected override async run() {
    const { clock } = this.getParentPipeline();
    for (let i = 0; i < this.#count && this.mainLoop(); i++) {
      await later(5 * Math.random());
      const message = messageOf(i, clock.now());
      await this.out.send(message);
      if (i % 3 === 0) await this.preview.send(message);
    }
  }

  override onStop() {
    this.life.stopped++;
  }
}

/** Everything of a message that a reader can see. */
function contentsOf(message: Buffer): unknown {
  return new MessageCodecs().encode(message);
}

function keep(output: Output): unknown[] {
  const kept: unknown[] = [];
  output.createOutputQueue(0).addCallback((message) => void kept.push(contentsOf(message)));
  return kept;
}

type Run = {
  readonly pipeline: Pipeline;
  readonly cameras: Camera[];
  readonly sources: unknown[][];
  readonly merged: unknown[];
  readonly lossy: unknown[];
};

/** Two cameras, what they send, and what comes out where their messages race. */
function graph(pipeline: Pipeline, delay: () => unknown): Run {
  const cameras = [pipeline.create(Camera, 20), pipeline.create(Camera, 16)];
  const relay = pipeline.create(Relay, delay);
  const merged = pipeline.create(Relay, delay);
  const lossy = pipeline.create(Relay, async () => {
    await delay();
    await pipeline.clock.sleep(6);
  });
  lossy.input.setBlocking(false).setMaxSize(1);
  for (const camera of cameras) {
    camera.out.link(relay.input);
    camera.preview.link(merged.input);
    camera.out.link(lossy.input);
  }
  relay.out.link(merged.input);
  const sources = cameras.flatMap(({ out, preview }) => [keep(out), keep(preview)]);
  return { pipeline, cameras, sources, merged: keep(merged.out), lossy: keep(lossy.out) };
}

async function record(options: Partial<RecordOptions> = {}): Promise<{ run: Run; bytes: Uint8Array }> {
  const sink = new MemorySink();
  const run = graph(new Pipeline(), () => {});
  run.pipeline.enableHolisticRecord({ sink, ...options });
  await run.pipeline.run();
  expect(sink.closed).toBe(true);
  return { run, bytes: sink.bytes };
}

async function replay(bytes: Uint8Array, delay: () => unknown, clock = createVirtualClock()): Promise<Run> {
  const run = graph(new Pipeline(null, { clock }), delay);
  run.pipeline.enableHolisticReplay({ chunks: inChunks(bytes) });
  await run.pipeline.run();
  return run;
}

test("a replay sends what the sources sent, element by element, stamps and all, and does not start them", async () => {
  const { run, bytes } = await record();
  const again = await replay(bytes, () => {});
  expect(again.sources).toEqual(run.sources);
  expect(again.sources.map((messages) => messages.length)).toEqual([20, 7, 16, 6]);
  expect(again.cameras.map(({ life }) => life)).toEqual([
    { started: 0, stopped: 0 },
    { started: 0, stopped: 0 },
  ]);
});

test("replays are equal at every output, whatever delays nodes have", async () => {
  const { bytes } = await record();
  const first = await replay(bytes, () => {});
  expect(first.lossy.length).toBeLessThan(36);
  expect(first.merged).toHaveLength(36 + 13);
  const random = randoms(5);
  for (let round = 0; round < 4; round++) {
    const { sources, merged, lossy } = await replay(bytes, () => (random() < 0.4 ? later(4 * random()) : null));
    expect({ sources, merged, lossy }).toEqual({ sources: first.sources, merged: first.merged, lossy: first.lossy });
  }
});

test("a replay by the machine's clock sends the same at the same pace, with stamps of now", async () => {
  const { run, bytes } = await record();
  const pipeline = new Pipeline();
  const times: number[] = [];
  const camera = pipeline.create(Camera, 20);
  pipeline.create(Camera, 16);
  camera.out
    .createOutputQueue()
    .addCallback((message) => void times.push(pipeline.clock.now() - message.getTimestamp()));
  pipeline.enableHolisticReplay({ chunks: inChunks(bytes) });
  await pipeline.run();
  expect(times).toHaveLength(run.sources[0]!.length);
  // Never before its time; how long after is the machine's load.
  expect(Math.min(...times)).toBeGreaterThan(-1);
});

test("a replayed source waits for its takers, as the source did", async () => {
  const { bytes } = await record();
  const clock = createVirtualClock();
  const pipeline = new Pipeline(null, { clock });
  const [camera] = [pipeline.create(Camera, 20), pipeline.create(Camera, 16)];
  const ahead: number[] = [];
  const slow = pipeline.create(Relay, async () => {
    await clock.sleep(1000);
    ahead.push(camera.out.sent - slow.out.sent);
  });
  camera.out.link(slow.input);
  pipeline.enableHolisticReplay({ chunks: inChunks(bytes) });
  await pipeline.run();
  expect(slow.out.sent).toBe(20);
  // One in its hands, three that wait, one that waits for room.
  expect(Math.max(...ahead)).toBe(5);
});

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
