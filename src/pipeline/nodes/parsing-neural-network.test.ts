import { expect, test } from "vitest";
import type { NNArchive } from "../../nn-archive/nn-archive.ts";
import type { Buffer } from "../messages/buffer.ts";
import type { Classifications } from "../messages/classifications.ts";
import { MessageGroup } from "../messages/message-group.ts";
import { NNData } from "../messages/nn-data.ts";
import type { Predictions } from "../messages/predictions.ts";
import { Pipeline } from "../pipeline.ts";
import { fakeDevice, fakeNetwork } from "../testing/fake-device.ts";
import { readAll } from "../testing/frames.ts";
import { meansArchive } from "../testing/networks.ts";
import { Counting, numbersOf } from "../testing/nodes.ts";
import { BaseParser } from "./parsers/base-parser.ts";
import { ClassificationParser } from "./parsers/classification-parser.ts";
import { EmbeddingsParser } from "./parsers/embeddings-parser.ts";
import type { HeadConfig } from "./parsers/head-config.ts";
import { RegressionParser } from "./parsers/regression-parser.ts";
import { ParsingNeuralNetwork } from "./parsing-neural-network.ts";

const embeddings = { parser: "EmbeddingsParser", outputs: ["means"], metadata: {} };
const regression = { parser: "RegressionParser", metadata: {} };
const classes = {
  parser: "ClassificationParser",
  metadata: { classes: ["r", "g", "b"], n_classes: 3, is_softmax: true },
};

const answer = async (messages: readonly Buffer[]) =>
  messages.map((message) => new NNData().addTensor("means", [message.getSequenceNum(), 0.5, 0.25]));
const device = () => fakeDevice({ openNetwork: async () => fakeNetwork(answer) });

async function built(heads: readonly object[] | null, count = 0, options = {}) {
  const pipeline = new Pipeline(device());
  const source = pipeline.create(Counting, { count });
  const archive = meansArchive({ heads: heads && [...heads] });
  const nn = await pipeline.create(ParsingNeuralNetwork, options).build(source.out, archive);
  return { pipeline, nn };
}

test("one head: its parser's messages leave by out", async () => {
  const { pipeline, nn } = await built([embeddings], 5);
  const [queue, passed] = [nn.out.createOutputQueue(5), nn.passthrough.createOutputQueue(5)];
  await pipeline.start();
  await pipeline.wait();
  const messages = await readAll(queue);
  expect(numbersOf(messages)).toEqual([0, 1, 2, 3, 4]);
  expect(messages[3]!.getTensor("means").data).toEqual(Float32Array.of(3, 0.5, 0.25));
  expect(numbersOf(await readAll(passed))).toEqual([0, 1, 2, 3, 4]);
  expect(nn.getParser()).toBeInstanceOf(EmbeddingsParser);
  expect(nn.getOutput(0)).toBe(nn.out);
  expect(() => nn.outputs).toThrow("Property outputs is only available when there are multiple model heads");
});

test("several heads: a group for each answer, by the heads' numbers; each head by itself, too", async () => {
  const { pipeline, nn } = await built([regression, classes, embeddings], 4);
  const [queue, second] = [nn.outputs.createOutputQueue(4), nn.getOutput(1).createOutputQueue(4)];
  expect(nn.outputs).toBe(nn.outputs);
  await pipeline.start();
  await pipeline.wait();
  const groups = await readAll(queue);
  expect(numbersOf(groups)).toEqual([0, 1, 2, 3]);
  for (const group of groups) {
    expect(group).toBeInstanceOf(MessageGroup);
    expect(group.getMessageNames()).toEqual(["0", "1", "2"]);
    expect((group.get("0") as Predictions).prediction).toBe(group.getSequenceNum());
    expect((group.get("1") as Classifications).classes.length).toBe(3);
    expect(group.get("2")).toBeInstanceOf(NNData);
    expect(group.getIntervalMs()).toBe(0);
  }
  expect(numbersOf(await readAll(second))).toEqual([0, 1, 2, 3]);
  expect(() => nn.out).toThrow("Property out is only available when there is exactly one model head, got 3.");
});

test("parsers by number and class, with DepthAI's words where there is none", async () => {
  const { nn } = await built([regression, classes]);
  expect(nn.getParser(1)).toBeInstanceOf(ClassificationParser);
  const typed: RegressionParser = nn.getParser(RegressionParser);
  expect(typed).toBe(nn.getParser(0));
  expect(nn.getParser(ClassificationParser, 1)).toBe(nn.getParser(1));
  expect(() => nn.getParser(2)).toThrow(
    expect.objectContaining({
      code: "NOT_FOUND",
      message: "Parser with ID 2 not found. Available parser IDs: [0, 1]",
    }),
  );
  expect(() => nn.getParser(RegressionParser, 1)).toThrow(
    "Parser with ID 1: expected RegressionParser, got ClassificationParser",
  );
});

test("a head is given to its parser whole, with the network's inputs", async () => {
  const seen: HeadConfig[] = [];
  class Own extends BaseParser {
    override build(head: HeadConfig): this {
      seen.push(head);
      return this;
    }
    protected override parse(message: NNData): Buffer {
      return message;
    }
  }
  const head = { parser: "Own", metadata: { threshold: 0.5, words: ["a"] } };
  await built([head], 0, { parsers: { Own } });
  expect(seen).toEqual([
    {
      parser: "Own",
      outputs: ["means"],
      threshold: 0.5,
      words: ["a"],
      model_inputs: [{ shape: [1, 3, 2, 2], layout: "NCHW" }],
    },
  ]);
  await expect(built([head])).rejects.toThrow("Parser Own not a valid parser class.");
  await expect(built([head], 0, { parsers: { Own: Map as never } })).rejects.toThrow(
    "Parser Own does not inherit from BaseParser class.",
  );
});

test("a parser that builds for a while is waited for", async () => {
  class Async extends BaseParser {
    ready = false;
    override async build(): Promise<this> {
      await new Promise((resolve) => setTimeout(resolve, 5));
      this.ready = true;
      return this;
    }
    protected override parse(message: NNData): Buffer {
      return message;
    }
  }
  const { nn } = await built([{ ...embeddings, parser: "Async" }], 0, { parsers: { Async } });
  expect(nn.getParser(Async).ready).toBe(true);
});

test("an archive without heads is refused", async () => {
  for (const heads of [null, []])
    await expect(built(heads)).rejects.toMatchObject({
      code: "UNSUPPORTED_FORMAT",
      message: "test.tar.xz: No heads defined in the NN Archive.",
    });
});

test("another archive brings other parsers, and the old ones are gone", async () => {
  const { pipeline, nn } = await built([regression, classes], 2);
  void nn.outputs;
  const before = pipeline.getAllNodes().length;
  const old = nn.getParser(0);
  await nn.setNNArchive(meansArchive({ heads: [embeddings] }));
  // Two parsers and their Sync went, one parser came.
  expect(pipeline.getAllNodes().length).toBe(before - 2);
  expect(pipeline.getAllNodes()).not.toContain(old);
  const queue = nn.out.createOutputQueue(2);
  await pipeline.start();
  await pipeline.wait();
  expect(numbersOf(await readAll(queue))).toEqual([0, 1]);
});

test("an archive whose heads are unknown leaves things as they were", async () => {
  const { nn } = await built([embeddings]);
  const parser = nn.getParser(0);
  await expect(nn.setNNArchive(meansArchive({ heads: [{ parser: "YOLO9", metadata: {} }] }))).rejects.toThrow("YOLO9");
  expect(nn.getParser(0)).toBe(parser);
});

test("settings are the network's", async () => {
  const { pipeline, nn } = await built([embeddings], 3);
  nn.setNumInferenceThreads(5).setMaxBatch(2).setNumPoolFrames(1).setNumNCEPerInferenceThread(1);
  nn.setNumShavesPerInferenceThread(1).setBackend("x").setBackendProperties({});
  expect(nn.getNumInferenceThreads()).toBe(5);
  expect(nn.input.getName()).toMatch(/^NeuralNetwork \d+\.input$/);
  expect(nn.inputs.has("x")).toBe(false);
  expect(nn.passthroughs.has("x")).toBe(false);
  expect(() => nn.setBlob("x")).toThrow("RVC2");
  expect(pipeline.getAllNodes().map((node) => node.getName())).toEqual([
    "Counting",
    "ParsingNeuralNetwork",
    "NeuralNetwork",
    "EmbeddingsParser",
  ]);
});

test("a slug is resolved for the device's platform", async () => {
  const asked: string[] = [];
  const archive: NNArchive = meansArchive({ heads: [embeddings] });
  const pipeline = new Pipeline(
    fakeDevice({
      getPlatform: () => ({ name: "RVC4" }),
      getModel: async ({ model, platform }) => {
        asked.push(`${model} for ${platform}`);
        return archive;
      },
    }),
  );
  const nn = await pipeline.create(ParsingNeuralNetwork).build(pipeline.create(Counting).out, "a/b:c");
  await nn.setFromModelZoo("d/e");
  await nn.setModelPath("f.tar.xz");
  expect(asked).toEqual(["a/b:c for RVC4", "d/e for RVC4", "f.tar.xz for RVC4"]);
});
