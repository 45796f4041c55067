import { afterEach, beforeEach, expect, test } from "vitest";
import { ArcfaceError } from "../errors.ts";
import { HostNode, type HostNodeAnswer } from "./host-node.ts";
import { Pipeline } from "./pipeline.ts";
import { QueueException } from "./queue-exception.ts";
import { Collecting, Counting, numbered, Relay } from "./testing/nodes.ts";
import { ThreadedHostNode } from "./threaded-host-node.ts";

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const forever = new Promise<never>(() => {});

const unhandled: unknown[] = [];
const remember = (error: unknown): void => void unhandled.push(error);
beforeEach(() => process.on("unhandledRejection", remember));
afterEach(async () => {
  await later(1);
  process.off("unhandledRejection", remember);
  expect(unhandled.splice(0)).toEqual([]);
});

type Graph = {
  readonly pipeline: Pipeline;
  readonly source: Counting;
  readonly relay: Relay;
  readonly sink: Collecting;
};

/** Counting → Relay → Collecting, with a node that notes what the pipeline calls. */
function graph(step: ConstructorParameters<typeof Relay>[0] = () => {}, pipeline = new Pipeline()): Graph {
  const [source, relay, sink] = [pipeline.create(Counting), pipeline.create(Relay, step), pipeline.create(Collecting)];
  source.out.link(relay.input);
  relay.out.link(sink.input);
  return { pipeline, source, relay, sink };
}

/** Says what is called, and does at each point what the test wants. */
class Noting extends ThreadedHostNode {
  readonly input = this.createInput({ name: "input" });
  readonly out = this.createOutput({ name: "out" });
  readonly calls: string[] = [];
  readonly #steps: { onStart?: () => unknown; run?: (node: Noting) => unknown; onStop?: (node: Noting) => unknown };

  constructor(
    steps: { onStart?: () => unknown; run?: (node: Noting) => unknown; onStop?: (node: Noting) => unknown } = {},
  ) {
    super();
    this.#steps = steps;
  }

  override getName() {
    return "Noting";
  }

  override async onStart() {
    this.calls.push("onStart");
    await this.#steps.onStart?.();
  }

  protected override async run() {
    this.calls.push("run");
    await this.#steps.run?.(this);
  }

  override async onStop() {
    this.calls.push("onStop");
    await this.#steps.onStop?.(this);
  }
}

test("stop of a pipeline that was made or built ends it: nothing starts, queues are closed, wait resolves", async () => {
  for (const build of [false, true]) {
    const { pipeline, sink, source } = graph();
    const queue = source.out.createOutputQueue();
    const input = sink.input.createInputQueue();
    if (build) pipeline.build();
    const waiting = queue.get();
    pipeline.stop();
    await pipeline.wait();
    await expect(waiting).rejects.toThrow(QueueException);
    await expect(input.send(numbered(0))).rejects.toThrow(QueueException);
    expect([pipeline.signal.aborted, pipeline.isRunning()]).toEqual([true, false]);
    await expect(pipeline.start()).rejects.toMatchObject({ code: "CLOSED" });
  }
});

test("a pipeline that is left unstarted is disposed of at once", async () => {
  const { pipeline } = graph();
  await pipeline[Symbol.asyncDispose]();
  await pipeline[Symbol.asyncDispose]();
});

test("stop while nodes start: start resolves, no node runs, those that began are told", async () => {
  const pipeline = new Pipeline();
  const slow = pipeline.create(Noting, { onStart: () => later(10) });
  const starting = pipeline.start();
  pipeline.stop();
  await starting;
  await pipeline.wait();
  expect(slow.calls).toEqual(["onStart", "onStop"]);
});

test("stop while a node's start waits for the signal", async () => {
  const pipeline = new Pipeline();
  pipeline.create(Noting, { onStart: () => pipeline.clock.sleep(60_000, pipeline.signal) });
  const starting = pipeline.start();
  await later(2);
  pipeline.stop();
  await starting;
  await pipeline.wait();
});

test("stop while nodes wait for messages", async () => {
  const pipeline = new Pipeline();
  const relay = pipeline.create(Relay);
  relay.input.createInputQueue();
  await pipeline.start();
  await later(2);
  pipeline.stop();
  await pipeline.wait();
});

test("stop while a blocking output queue is unread", async () => {
  const { pipeline, relay } = graph();
  const unread = relay.out.createOutputQueue(2, true);
  await pipeline.start();
  await later(5);
  expect(unread.isFull()).toBe(true);
  pipeline.stop();
  await pipeline.wait();
  expect(unread.isClosed()).toBe(true);
});

test("stop after the sources have ended, while a blocking output queue is unread", async () => {
  const pipeline = new Pipeline();
  const unread = pipeline.create(Counting, { count: 2 }).out.createOutputQueue(4, true);
  await pipeline.start();
  await later(5);
  expect([pipeline.isRunning(), unread.getSize()]).toEqual([true, 2]);
  pipeline.stop();
  await pipeline.wait();
});

test("stop from within a node, and again from outside", async () => {
  const { pipeline, sink } = graph((message, node) => {
    if (message.getSequenceNum() === 3) node.stopPipeline();
  });
  await pipeline.start();
  await pipeline.wait();
  pipeline.stop();
  pipeline.stop();
  await pipeline.wait();
  expect(sink.messages.length).toBeLessThanOrEqual(3);
});

test("stop from within a callback of a queue", async () => {
  const { pipeline, relay } = graph();
  const queue = relay.out.createOutputQueue();
  queue.addCallback((message) => {
    if (message.getSequenceNum() === 5) pipeline.stop();
  });
  await pipeline.start();
  await pipeline.wait();
  expect(queue.received).toBe(6);
});

test("stop while process works: it is waited for, and what it gives is not sent", async () => {
  let finished = 0;
  class Slow extends HostNode {
    override async process(): Promise<HostNodeAnswer> {
      await later(10);
      finished++;
      return numbered(0);
    }
  }
  const pipeline = new Pipeline();
  const slow = pipeline.create(Slow).linkArgs(pipeline.create(Counting).out);
  const queue = slow.out.createOutputQueue();
  await pipeline.start();
  await later(2);
  pipeline.stop();
  await pipeline.wait();
  expect([finished, queue.received]).toEqual([1, 0]);
});

test("stop while a task is left to a program that does not come for it", async () => {
  class Left extends HostNode {
    override process(): HostNodeAnswer {
      throw new Error("nobody calls this");
    }
  }
  const pipeline = new Pipeline();
  pipeline.create(Left).linkArgs(pipeline.create(Counting).out).sendProcessingToPipeline(true);
  await pipeline.start();
  await later(2);
  pipeline.stop();
  await pipeline.wait();
  await pipeline.processTasks(true);
});

test("tasks that wait when the pipeline is stopped in the middle of processing are not run", async () => {
  const pipeline = new Pipeline();
  const ran: number[] = [];
  class Tasks extends HostNode {
    override process(): HostNodeAnswer {
      ran.push(this.id);
      pipeline.stop();
      return null;
    }
  }
  for (let i = 0; i < 3; i++)
    pipeline.create(Tasks).linkArgs(pipeline.create(Counting).out).sendProcessingToPipeline(true);
  await pipeline.run();
  expect(ran).toEqual([0]);
});

test("whatever is not waited for stays quiet when the pipeline stops: sends, gets, work under way", async () => {
  const pipeline = new Pipeline();
  const careless = pipeline.create(Noting, {
    run: (node: Noting) => {
      for (let i = 0; i < 10; i++) void node.out.send(numbered(i));
      void node.input.get();
      void pipeline.activity.during(later(3).then(() => Promise.reject(new Error("nobody waits for this"))));
      return later(5);
    },
  });
  const unread = careless.out.createOutputQueue(1, true);
  void unread.get();
  await pipeline.start();
  pipeline.stop();
  await pipeline.wait();
  void unread.get();
  void unread.send(numbered(0));
});

test.each([
  ["onStart", { onStart: () => Promise.reject(new Error("no camera")) }],
  ["run", { run: () => Promise.reject(new Error("no camera")) }],
])("an error in %s names the node, ends the pipeline and closes queues with the cause", async (_, steps) => {
  const { pipeline, sink, relay } = graph();
  const noting = pipeline.create(Noting, steps);
  const queue = relay.out.createOutputQueue(1, true);
  const starting = pipeline.start();
  await starting.catch(() => {});
  await expect(pipeline.wait()).rejects.toMatchObject({ code: "INTERNAL", message: `Noting ${noting.id}: no camera` });
  expect(noting.calls.at(-1)).toBe("onStop");
  await expect(queue.get()).rejects.toMatchObject({ code: "CLOSED", cause: { message: "Noting 3: no camera" } });
  expect(sink.input.queue.isClosed()).toBe(true);
  await pipeline[Symbol.asyncDispose]();
});

test("an error in onStop is told, and the other nodes' onStop is called all the same", async () => {
  const pipeline = new Pipeline();
  pipeline.create(Noting, { onStop: () => Promise.reject(new Error("cannot close")) });
  const other = pipeline.create(Noting);
  await expect(pipeline.run()).rejects.toThrow("Noting 0: cannot close");
  expect(other.calls).toEqual(["onStart", "run", "onStop"]);
});

test("nodes that began beside one whose start failed do not run, and are told to stop", async () => {
  const pipeline = new Pipeline();
  pipeline.create(Noting, { onStart: () => Promise.reject(new Error("at once")) });
  const second = pipeline.create(Noting, { onStart: () => later(5) });
  await expect(pipeline.start()).rejects.toThrow("Noting 0: at once");
  expect(second.calls).toEqual(["onStart", "onStop"]);
});

test("an error keeps its code and hint, and the first one counts", async () => {
  const pipeline = new Pipeline();
  const failing = (code: "NOT_FOUND" | "IO", ms: number) => async () => {
    await later(ms);
    throw new ArcfaceError(code, "model: not there", { hint: "fetch it" });
  };
  pipeline.create(Noting, { run: failing("IO", 6) });
  pipeline.create(Noting, { run: failing("NOT_FOUND", 1) });
  await pipeline.start();
  await expect(pipeline.wait()).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: "Noting 1: model: not there",
    hint: "fetch it",
  });
});

test("what waits answer with after a stop is no error: CANCELLED, AbortError, the signal's own reason", async () => {
  const pipeline = new Pipeline();
  const untilStop = (how: (reason: unknown) => unknown) => ({
    run: () =>
      new Promise((_, reject) => pipeline.signal.addEventListener("abort", () => reject(how(pipeline.signal.reason)))),
  });
  pipeline.create(
    Noting,
    untilStop(() => new ArcfaceError("CANCELLED", "download: cancelled")),
  );
  pipeline.create(
    Noting,
    untilStop(() => new DOMException("aborted", "AbortError")),
  );
  pipeline.create(
    Noting,
    untilStop((reason) => reason),
  );
  pipeline.create(Noting, { onStop: (node: Noting) => node.out.send(numbered(0)) });
  await pipeline.start();
  pipeline.stop();
  await pipeline.wait();
});

test("CANCELLED of a pipeline that nobody stopped is an error", async () => {
  const pipeline = new Pipeline();
  pipeline.create(Noting, { run: () => Promise.reject(new ArcfaceError("CANCELLED", "download: cancelled")) });
  await expect(pipeline.run()).rejects.toMatchObject({ code: "CANCELLED" });
});

test.each([
  [
    "thrown",
    () => {
      throw new Error("no disk");
    },
  ],
  ["of a promise", () => Promise.reject(new Error("no disk"))],
])("an error %s in a callback ends the pipeline and names the node whose queue it is", async (_, callback) => {
  const { pipeline, relay } = graph();
  relay.out.createOutputQueue().addCallback(callback);
  await pipeline.start();
  await expect(pipeline.wait()).rejects.toThrow("Relay 1: no disk");
});

test("an error in a callback of an input ends the pipeline too", async () => {
  const { pipeline, sink } = graph();
  sink.input.queue.addCallback(() => {
    throw new Error("no disk");
  });
  await pipeline.start();
  await expect(pipeline.wait()).rejects.toThrow("Collecting 2: no disk");
});

test("an error in process of a task left to the program ends the pipeline, not the call", async () => {
  class Bad extends HostNode {
    override process(): HostNodeAnswer {
      throw new Error("bad frame");
    }
  }
  const pipeline = new Pipeline();
  const bad = pipeline.create(Bad).linkArgs(pipeline.create(Counting).out).sendProcessingToPipeline(true);
  await pipeline.start();
  await pipeline.processTasks(true);
  await expect(pipeline.wait()).rejects.toThrow(`Bad ${bad.id}: bad frame`);
});

test("dispose tells an error that nobody has seen, and only that", async () => {
  const failing = () => {
    const pipeline = new Pipeline();
    pipeline.create(Noting, { run: () => Promise.reject(new Error("lens cap")) });
    return pipeline;
  };
  const [seen, unseen] = [failing(), failing()];
  await seen.start();
  await expect(seen.wait()).rejects.toThrow("lens cap");
  await seen[Symbol.asyncDispose]();
  await unseen.start();
  await later(2);
  await expect(unseen[Symbol.asyncDispose]()).rejects.toThrow("lens cap");
});

test.each([
  ["onStart", { onStart: () => forever }],
  ["run", { run: () => forever }],
  ["onStop", { onStop: () => forever }],
])(
  "a node whose %s never ends is named when its time is up, and start, wait and dispose come back",
  async (_, steps) => {
    const pipeline = new Pipeline(null, { stopTimeoutMs: 20 });
    pipeline.create(Noting, steps);
    const starting = pipeline.start();
    await later(2);
    pipeline.stop();
    await starting.catch(() => {});
    await expect(pipeline.wait()).rejects.toMatchObject({
      code: "CLOSED",
      message: "Noting 0: did not end with the pipeline",
    });
    await pipeline[Symbol.asyncDispose]();
    expect(pipeline.isRunning()).toBe(false);
  },
);

test("the signal has fired when a pipeline has ended by itself: nothing a node left behind goes on", async () => {
  const pipeline = new Pipeline();
  let left = "sleeping";
  pipeline.create(Noting, {
    run: () =>
      void pipeline.clock.sleep(60_000, pipeline.signal).catch(() => {
        left = "cancelled";
      }),
  });
  await pipeline.run();
  await later(1);
  expect(left).toBe("cancelled");
});
