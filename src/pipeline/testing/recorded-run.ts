import { expect } from "vitest";
import { MessageCodecs } from "../message-codecs.ts";
import { Buffer } from "../messages/buffer.ts";
import { ImgFrame } from "../messages/img-frame.ts";
import { ImgTransformation } from "../messages/img-transformation.ts";
import { MessageGroup } from "../messages/message-group.ts";
import { NNData } from "../messages/nn-data.ts";
import type { Output } from "../output.ts";
import { Pipeline } from "../pipeline.ts";
import type { RecordOptions } from "../record.ts";
import { ThreadedHostNode } from "../threaded-host-node.ts";
import { createVirtualClock } from "../virtual-clock.ts";
import { inChunks, MemorySink } from "./memory-sink.ts";
import { Relay } from "./nodes.ts";
import { randoms } from "./randoms.ts";

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function noise(length: number, seed: number): Uint8Array {
  const random = randoms(seed + 1);
  return Uint8Array.from({ length }, () => 256 * random());
}

/** Message i of a source: of every class that recordings know, in turn. */
export function messageOf(i: number, timestamp: number): Buffer {
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
export class Camera extends ThreadedHostNode {
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

export type Run = {
  readonly pipeline: Pipeline;
  readonly cameras: Camera[];
  readonly sources: unknown[][];
  readonly merged: unknown[];
  readonly lossy: unknown[];
};

/** Two cameras, what they send, and what comes out where their messages race. */
export function graph(pipeline: Pipeline, delay: () => unknown): Run {
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

export async function record(options: Partial<RecordOptions> = {}): Promise<{ run: Run; bytes: Uint8Array }> {
  const sink = new MemorySink();
  const run = graph(new Pipeline(), () => {});
  run.pipeline.enableHolisticRecord({ sink, ...options });
  await run.pipeline.run();
  expect(sink.closed).toBe(true);
  return { run, bytes: sink.bytes };
}

export async function replay(bytes: Uint8Array, delay: () => unknown, clock = createVirtualClock()): Promise<Run> {
  const run = graph(new Pipeline(null, { clock }), delay);
  run.pipeline.enableHolisticReplay({ chunks: inChunks(bytes) });
  await run.pipeline.run();
  return run;
}
