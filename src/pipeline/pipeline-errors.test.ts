import { expect, test } from "vitest";
import { ArcfaceError } from "../errors.ts";
import { HostNode, type HostNodeAnswer } from "./host-node.ts";
import { Pipeline } from "./pipeline.ts";
import { chain } from "./testing/chain.ts";
import { expectNoUnhandledRejections } from "./testing/no-unhandled.node.ts";
import { Counting, numbered } from "./testing/nodes.ts";
import { Noting } from "./testing/noting.ts";

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

expectNoUnhandledRejections();

test.each([
  ["onStart", { onStart: () => Promise.reject(new Error("no camera")) }],
  ["run", { run: () => Promise.reject(new Error("no camera")) }],
])("an error in %s names the node, ends the pipeline and closes queues with the cause", async (_, steps) => {
  const { pipeline, sink, relay } = chain();
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
  const { pipeline, relay } = chain();
  relay.out.createOutputQueue().addCallback(callback);
  await pipeline.start();
  await expect(pipeline.wait()).rejects.toThrow("Relay 1: no disk");
});

test("an error in a callback of an input ends the pipeline too", async () => {
  const { pipeline, sink } = chain();
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
