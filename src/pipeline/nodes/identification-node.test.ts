import { expect, test } from "vitest";
import { GatheredData } from "../messages/gathered-data.ts";
import { ImgDetection } from "../messages/img-detection.ts";
import { ImgDetections } from "../messages/img-detections.ts";
import { NNData } from "../messages/nn-data.ts";
import { Pipeline } from "../pipeline.ts";
import { collect, Emit } from "../testing/emit.ts";
import { type GatheredEmbeddings, IdentificationNode, type IdentificationNodeOptions } from "./identification-node.ts";

/** A frame with a face for each embedding. */
function gathered(sequenceNum: number, embeddings: readonly number[][]): GatheredEmbeddings {
  const detections = embeddings.map((_, i) => new ImgDetection({ confidence: 0.5 + i / 10 }));
  const items = embeddings.map((values) =>
    new NNData().addTensor("output", { dtype: "float32", shape: [1, values.length], data: Float32Array.from(values) }),
  );
  return new GatheredData(new ImgDetections(detections, { timestamp: 10 * sequenceNum, sequenceNum }), items);
}

async function labels(messages: readonly GatheredEmbeddings[], options: IdentificationNodeOptions = {}) {
  await using pipeline = new Pipeline();
  const source = pipeline.create(Emit<GatheredEmbeddings>, messages);
  const node = pipeline.create(IdentificationNode).build(source.out, options);
  const queue = node.out.createOutputQueue(16, true);
  await pipeline.start();
  const answers = await collect(queue);
  expect(answers.map((answer) => answer.getSequenceNum())).toEqual(messages.map((m) => m.getSequenceNum()));
  return answers.map(({ detections }) => detections.map(({ labelName }) => labelName));
}

test("the newest embedding is what a person is known by, so that one drifts to another", async () => {
  const turned = [0, 45, 90].map((degrees) => {
    const radians = (degrees * Math.PI) / 180;
    return gathered(degrees, [[Math.cos(radians), Math.sin(radians)]]);
  });
  // 0° and 90° are strangers, but each step is near the one before.
  expect(await labels(turned)).toEqual([["person_0"], ["person_0"], ["person_0"]]);
  expect(await labels([turned[0]!, turned[2]!])).toEqual([["person_0"], ["person_1"]]);
});

test("a cosine of csim is enough, and one frame may have the same person twice", async () => {
  const twice = [gathered(0, [[1, 0]]), gathered(1, [[2, 0], [1, 0.01]])]; // biome-ignore format: pairs
  expect(await labels(twice, { csim: 1, labelBasename: "face" })).toEqual([["face_0"], ["face_0", "face_1"]]);
});

test("a threshold that is none is refused in DepthAI's words", () => {
  const pipeline = new Pipeline();
  const source = pipeline.create(Emit<GatheredEmbeddings>, []);
  const build = (csim: unknown) => () =>
    pipeline.create(IdentificationNode).build(source.out, { csim: csim as number });
  expect(build("0.5")).toThrow("Cosine similarity threshold must be a float.");
  expect(build(1.5)).toThrow("Cosine similarity threshold must be between 0 and 1.");
});
