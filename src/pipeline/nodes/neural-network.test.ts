import { expect, test } from "vitest";
import { ArcfaceError } from "../../errors.ts";
import type { Device, NetworkOptions } from "../device.ts";
import { Buffer } from "../messages/buffer.ts";
import { ImgFrame } from "../messages/img-frame.ts";
import { ImgTransformation } from "../messages/img-transformation.ts";
import type { MessageGroup } from "../messages/message-group.ts";
import { NNData } from "../messages/nn-data.ts";
import { Pipeline } from "../pipeline.ts";
import { fakeDevice, fakeNetwork } from "../testing/fake-device.ts";
import { meansArchive, renamed } from "../testing/networks.ts";
import { Collecting, Counting, numbersOf, Relay } from "../testing/nodes.ts";
import { createVirtualClock } from "../virtual-clock.ts";
import { NeuralNetwork } from "./neural-network.ts";

const archive = meansArchive();
const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
/** Answers with the sequence numbers of what came in. */
const echo = async (messages: readonly Buffer[]) =>
  messages.map((message) => new NNData().addTensor("n", [message.getSequenceNum()]));
const numberIn = (answer: NNData) => answer.getTensor("n").data[0];

/** A pipeline of so many messages through a network. */
function through(network: ReturnType<typeof fakeNetwork>, count: number, device: Partial<Device> = {}) {
  const pipeline = new Pipeline(fakeDevice({ openNetwork: async () => network, ...device }));
  const source = pipeline.create(Counting, { count });
  const nn = pipeline.create(NeuralNetwork).setNNArchive(archive);
  source.out.link(nn.input);
  const out = nn.out.createOutputQueue(count);
  const passthrough = nn.passthrough.createOutputQueue(count);
  return { pipeline, nn, out, passthrough };
}

test("answers leave in the order of their messages, with their stamps, though later ones are done first", async () => {
  const network = fakeNetwork(async (messages, call) => {
    await after(call % 2 === 0 ? 8 : 1);
    return echo(messages);
  });
  const { pipeline, out, passthrough } = through(network, 20);
  await pipeline.start();
  const answers: NNData[] = [];
  for await (const answer of out) answers.push(answer);
  const passed: Buffer[] = [];
  for await (const message of passthrough) passed.push(message);
  await pipeline.wait();
  expect(numbersOf(answers)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect(answers.map(numberIn)).toEqual(numbersOf(answers));
  expect(answers.map((answer) => answer.getTimestamp())).toEqual(passed.map((message) => message.getTimestamp()));
  expect(numbersOf(passed)).toEqual(numbersOf(answers));
  expect(network.disposals).toBe(1);
});

test("no more inferences are under way than was said, and no fewer where messages wait", async () => {
  let [underWay, most] = [0, 0];
  const network = fakeNetwork(async (messages) => {
    most = Math.max(most, ++underWay);
    await after(2);
    underWay--;
    return echo(messages);
  });
  const { pipeline, nn } = through(network, 12);
  nn.setNumInferenceThreads(3);
  await pipeline.start();
  await pipeline.wait();
  expect([most, nn.getNumInferenceThreads()]).toEqual([3, 3]);
});

test("messages that wait go in together, no more than the network takes, each with its own answer", async () => {
  const network = fakeNetwork(async (messages) => {
    await after(5);
    return echo(messages);
  }, 3);
  const { pipeline, nn, out } = through(network, 20);
  nn.setNumInferenceThreads(1);
  nn.input.setMaxSize(8);
  await pipeline.start();
  const answers: NNData[] = [];
  for await (const answer of out) answers.push(answer);
  expect(answers.map(numberIn)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect(Math.max(...network.batches)).toBe(3);
  expect(network.batches.reduce((a, b) => a + b)).toBe(20);
});

test("what waits is shared out among free places before any takes two", async () => {
  const network = fakeNetwork(async (messages) => {
    await after(5);
    return echo(messages);
  }, 8);
  const { pipeline, nn } = through(network, 4);
  nn.setNumInferenceThreads(4);
  nn.input.setMaxSize(8);
  await pipeline.start();
  await pipeline.wait();
  expect(network.batches).toEqual([1, 1, 1, 1]);
});

test("the batch that is asked for reaches the device", async () => {
  const asked: (NetworkOptions | undefined)[] = [];
  const network = fakeNetwork(echo);
  const openNetwork: Device["openNetwork"] = async (_, options) => {
    asked.push(options);
    return network;
  };
  for (const batch of [null, 5]) {
    const { pipeline, nn } = through(network, 1, { openNetwork });
    if (batch !== null) nn.setMaxBatch(batch);
    await pipeline.start();
    await pipeline.wait();
  }
  expect(asked).toEqual([{}, { maxBatch: 5 }]);
});

test("an answer has its frame's transformation", async () => {
  const pipeline = new Pipeline(fakeDevice({ openNetwork: async () => fakeNetwork(echo) }));
  const nn = pipeline.create(NeuralNetwork).setNNArchive(archive);
  const input = nn.input.createInputQueue();
  const out = nn.out.createOutputQueue();
  await using _ = pipeline;
  await pipeline.start();
  const transformation = ImgTransformation.identity(8, 8).followedBy([0.25, 0, 0, 0, 0.25, 0, 0, 0, 1], 2, 2);
  const image = { width: 2, height: 2, data: new Uint8Array(12) };
  await input.send(ImgFrame.fromImage(image, { timestamp: 5 }, { transformation }));
  expect((await out.get()).getTransformation()).toBe(transformation);
});

test("inputs by name are joined: the newest of each, with a passthrough of each", async () => {
  const groups: MessageGroup[] = [];
  const network = fakeNetwork(async (messages) => {
    groups.push(messages[0] as MessageGroup);
    return echo(messages);
  });
  const pipeline = new Pipeline(fakeDevice({ openNetwork: async () => network }));
  const nn = pipeline.create(NeuralNetwork).setNNArchive(archive);
  const [left, right] = [nn.inputs.get("left"), nn.inputs.get("right")];
  expect([left.getBlocking(), left.getMaxSize()]).toEqual([false, 1]);
  const queues = [left, right].map((input) => input.createInputQueue());
  const [out, passed] = [nn.out.createOutputQueue(), nn.passthroughs.get("right").createOutputQueue()];
  await using _ = pipeline;
  await pipeline.start();
  await queues[0]!.send(new Buffer(undefined, { timestamp: 1, sequenceNum: 1 }));
  await queues[1]!.send(new Buffer(undefined, { timestamp: 2, sequenceNum: 2 }));
  expect((await out.get()).getSequenceNum()).toBe(2);
  expect((await passed.get()).getSequenceNum()).toBe(2);
  expect(groups[0]!.getMessageNames()).toEqual(["left", "right"]);
});

test("an input that may be reused goes with the next of the others", async () => {
  const network = fakeNetwork(async ([group]) => [
    new NNData().addTensor("n", [(group as MessageGroup).get("constant")!.getSequenceNum()]),
  ]);
  const pipeline = new Pipeline(fakeDevice({ openNetwork: async () => network }));
  const nn = pipeline.create(NeuralNetwork).setNNArchive(archive);
  const constant = nn.inputs.get("constant").setReusePreviousMessage(true).createInputQueue();
  const frames = nn.inputs.get("frame").createInputQueue(4, true);
  const out = nn.out.createOutputQueue();
  await using _ = pipeline;
  await pipeline.start();
  await constant.send(new Buffer(undefined, { sequenceNum: 7 }));
  for (const timestamp of [1, 2]) {
    await frames.send(new Buffer(undefined, { timestamp }));
    const answer = await out.get();
    expect([numberIn(answer), answer.getTimestamp()]).toEqual([7, timestamp]);
  }
});

test("under a virtual clock a run repeats itself, however long inferences take and whoever is slow", async () => {
  const runs = [];
  for (let run = 0; run < 3; run++) {
    const clock = createVirtualClock();
    const network = fakeNetwork(async (messages) => {
      await after(5 * Math.random());
      return echo(messages);
    }, 4);
    const pipeline = new Pipeline(fakeDevice({ openNetwork: async () => network }), { clock });
    const source = pipeline.create(Counting, { count: 25, everyMs: 7 });
    const nn = pipeline.create(NeuralNetwork).setNNArchive(archive).setNumInferenceThreads(3);
    const slow = pipeline.create(Relay, () => clock.sleep(20));
    slow.input.setMaxSize(1);
    const times: number[] = [];
    const sink = pipeline.create(Collecting, () => void times.push(clock.now()));
    source.out.link(nn.input);
    nn.out.link(slow.input);
    slow.out.link(sink.input);
    await pipeline.run();
    expect(numbersOf(sink.messages)).toEqual(Array.from({ length: 25 }, (_, i) => i));
    runs.push({ times, batches: network.batches });
  }
  expect(runs[1]).toEqual(runs[0]);
  expect(runs[2]).toEqual(runs[0]);
});

test("an error of the network ends the pipeline with the node's name before it, and the network is closed", async () => {
  const network = fakeNetwork(async () => {
    throw new ArcfaceError("MODEL_MISMATCH", "test.tar.xz: it broke");
  });
  const { pipeline } = through(network, 5);
  await pipeline.start();
  await expect(pipeline.wait()).rejects.toMatchObject({
    code: "MODEL_MISMATCH",
    message: "NeuralNetwork 1: test.tar.xz: it broke",
  });
  expect(network.disposals).toBe(1);
});

test("stopped in the middle of an inference it ends, once that is over", async () => {
  const finish: (() => void)[] = [];
  const network = fakeNetwork(async (messages) => {
    await new Promise<void>((resolve) => finish.push(resolve));
    return echo(messages);
  });
  const { pipeline } = through(network, 5);
  await pipeline.start();
  await after(5);
  pipeline.stop();
  expect(network.disposals).toBe(0);
  for (const done of finish) done();
  await pipeline.wait();
  expect(network.disposals).toBe(1);
});

test("a model is found by its description, its slug or its path; a platform is the device's unless it is said", async () => {
  const asked: string[] = [];
  const getModel: Device["getModel"] = async ({ model, platform }) => {
    asked.push(`${model} for ${platform}`);
    return archive;
  };
  const pipeline = new Pipeline(fakeDevice({ getModel }));
  const source = pipeline.create(Counting, { count: 0 });
  const nn = await pipeline.create(NeuralNetwork).build(source.out, "luxonis/arcface:lfw-112x112");
  await nn.setFromModelZoo("a/b");
  await nn.setModelPath("./my.tar.xz");
  expect(asked).toEqual(["luxonis/arcface:lfw-112x112 for cpu", "a/b for cpu", "./my.tar.xz for cpu"]);
  expect(nn.getNNArchive()).toBe(archive);
  nn.setNNArchive(renamed(archive, "other.onnx"), 8).setNumPoolFrames(4).setNumShavesPerInferenceThread(4);
  nn.setNumNCEPerInferenceThread(1).setBackend("snpe").setBackendProperties({ runtime: "dsp" });
  expect(nn.getNNArchive()).not.toBe(archive);
  expect(() => nn.setBlob("a.blob")).toThrow("a blob runs on an RVC2 device only");
});

test("what is missing is said before anything runs", async () => {
  const pipeline = () => new Pipeline(fakeDevice());
  const alone = pipeline();
  alone.create(NeuralNetwork);
  expect(() => alone.build()).toThrow("NeuralNetwork 0: expected a model, given by build or setNNArchive, got none");
  const unlinked = pipeline();
  unlinked.create(NeuralNetwork).setNNArchive(archive);
  expect(() => unlinked.build()).toThrow("expected an output linked to its input, got none");
  const both = pipeline();
  const nn = both.create(NeuralNetwork).setNNArchive(archive);
  both.create(Counting).out.link(nn.input);
  nn.inputs.get("x");
  expect(() => both.build()).toThrow("expected either input or inputs linked, got both");
  expect(() => nn.setNumInferenceThreads(0)).toThrow("expected a whole number of inferences, 1 or more, got 0");
  expect(() => nn.setMaxBatch(1.5)).toThrow("got 1.5");
});
