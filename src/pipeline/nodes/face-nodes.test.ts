import { expect, test } from "vitest";
import type { DetectOptions, FaceDetector } from "../../detect/face-detector.ts";
import { colourEmbedder, faceAt } from "../../recognize/testing/fakes.ts";
import { ImgFrame } from "../messages/img-frame.ts";
import { ImgTransformation } from "../messages/img-transformation.ts";
import { Pipeline } from "../pipeline.ts";
import { fakeDevice } from "../testing/fake-device.ts";
import { Frames, readAll } from "../testing/frames.ts";
import { numbersOf } from "../testing/nodes.ts";
import { FaceDetection, type FaceDetectionOptions } from "./face-detection.ts";
import { FaceEmbedding, type FaceEmbeddingOptions } from "./face-embedding.ts";

const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const frameOf = (sequenceNum: number, size = 100, colour = [0, 0, 0]) =>
  ImgFrame.fromImage(
    { width: size, height: size, data: Uint8Array.from({ length: 3 * size * size }, (_, i) => colour[i % 3]!) },
    { timestamp: 40 * sequenceNum, sequenceNum },
  );

/** One face in each picture, further to the right in each; every second look takes long. */
function movingDetector() {
  const asked: DetectOptions[] = [];
  let disposals = 0;
  const detector: FaceDetector = {
    name: "test/detector",
    async detect(_, options = {}) {
      const call = asked.push(options) - 1;
      await after(call % 2 === 0 ? 6 : 1);
      return [faceAt(call, 10, 20, 0.75)];
    },
    async [Symbol.asyncDispose]() {
      disposals++;
    },
  };
  return { detector, asked, disposals: () => disposals };
}

async function detect(count: number, options: FaceDetectionOptions, { detector }: { detector: FaceDetector }) {
  const loaded: (string | undefined)[] = [];
  const pipeline = new Pipeline(
    fakeDevice({
      loadDetector: async (model) => {
        loaded.push(model);
        return detector;
      },
    }),
  );
  const source = pipeline.create(
    Frames,
    Array.from({ length: count }, (_, i) => frameOf(i)),
  );
  const node = pipeline.create(FaceDetection).build(source.out, options);
  const [out, passed] = [node.out.createOutputQueue(count), node.passthrough.createOutputQueue(count)];
  await pipeline.start();
  await pipeline.wait();
  return { messages: await readAll(out), passed: await readAll(passed), loaded };
}

test("FaceDetection gives boxes and five keypoints in fractions, in the frames' order, whichever is done first", async () => {
  const { detector, asked, disposals } = movingDetector();
  const { messages, passed, loaded } = await detect(9, { model: "a/b", maxFaces: 3, effort: "fast" }, { detector });
  expect(loaded).toEqual(["a/b"]);
  expect(asked.length).toBe(9);
  expect(asked[0]).toMatchObject({ maxFaces: 3, effort: "fast", signal: expect.any(AbortSignal) });
  expect("near" in asked[0]!).toBe(false);
  expect(disposals()).toBe(1);
  expect(numbersOf(messages)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(numbersOf(passed)).toEqual(numbersOf(messages));
  for (const [i, message] of messages.entries()) {
    const [face] = message.detections;
    expect(face).toMatchObject({ label: 0, labelName: "face", confidence: 0.75 });
    expect([face!.xmin, face!.ymin, face!.xmax, face!.ymax]).toBeCloseToTensor([i / 100, 0.1, (i + 20) / 100, 0.3], {
      atol: 1e-12,
    });
    const expected = faceAt(i, 10, 20).landmarks.flatMap(([x, y]) => [(x + 0.5) / 100, (y + 0.5) / 100]);
    expect(face!.getKeypoints2f().flatMap(({ x, y }) => [x, y])).toBeCloseToTensor(expected, { atol: 1e-12 });
    expect(message.getTransformation()).toBe(passed[i]!.getTransformation());
    expect(message.getTimestamp()).toBe(40 * i);
  }
});

test("in a moving picture each frame is told where faces were, of the frame that is surely done", async () => {
  for (const inFlight of [1, 2, 3]) {
    const { detector, asked } = movingDetector();
    await detect(8, { moving: true, inFlight }, { detector });
    expect(asked.map(({ frame }) => frame)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const places = asked.map(({ near }) => near!.map(([x0]) => x0));
    expect(places).toEqual(asked.map((_, i) => (i < inFlight ? [] : [i - inFlight])));
  }
});

test("a detector that fails ends the pipeline, and is closed", async () => {
  let disposals = 0;
  const detector: FaceDetector = {
    name: "bad",
    detect: async () => {
      throw new Error("no more memory");
    },
    async [Symbol.asyncDispose]() {
      disposals++;
    },
  };
  await expect(detect(3, {}, { detector })).rejects.toThrow("FaceDetection 1: no more memory");
  expect(disposals).toBe(1);
});

async function embed(frames: readonly ImgFrame[], options: FaceEmbeddingOptions, delayMs = 0) {
  const embedder = colourEmbedder();
  const batches: number[] = [];
  const slow = {
    ...embedder,
    embed: async (...args: Parameters<typeof embedder.embed>) => {
      batches.push(args[0].length);
      await after(delayMs);
      return embedder.embed(...args);
    },
  };
  const pipeline = new Pipeline(fakeDevice({ loadEmbedder: async () => slow }));
  const source = pipeline.create(Frames, frames);
  const node = pipeline.create(FaceEmbedding).build(source.out, options);
  const out = node.out.createOutputQueue(frames.length);
  await pipeline.start();
  await pipeline.wait();
  return { answers: await readAll(out), batches };
}
const COLOURS = [
  [200, 128, 128],
  [128, 200, 128],
  [128, 128, 200],
];
const crops = (count: number) => Array.from({ length: count }, (_, i) => frameOf(i, 112, COLOURS[i % 3]));

test("FaceEmbedding gives a layer output [1, n] of float32, normalised, in the crops' order", async () => {
  const { answers } = await embed(crops(6), {});
  expect(numbersOf(answers)).toEqual([0, 1, 2, 3, 4, 5]);
  for (const [i, answer] of answers.entries()) {
    const { dtype, shape, data } = answer.getTensor("output");
    expect([dtype, shape]).toEqual(["float32", [1, 3]]);
    expect(data as Float32Array).toBeCloseToTensor(
      [0, 1, 2].map((c) => (c === i % 3 ? 1 : 0)),
      { atol: 1e-6 },
    );
    expect(answer.getTransformation()).toBeInstanceOf(ImgTransformation);
  }
  const [raw] = (await embed(crops(1), { raw: true })).answers;
  expect(raw!.getFirstTensor().data[0]).toBeCloseTo(72, 1);
});

test("crops that wait go in together", async () => {
  const { answers, batches } = await embed(crops(20), { maxBatch: 4, inFlight: 1 }, 3);
  expect(numbersOf(answers)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect(Math.max(...batches)).toBe(4);
});

test("numbers that are none of 1 or more are refused, and nodes that are not linked", () => {
  const pipeline = new Pipeline(fakeDevice());
  const source = pipeline.create(Frames, []);
  expect(() => pipeline.create(FaceDetection).build(source.out, { inFlight: 0 })).toThrow("inFlight of 1 or more");
  expect(() => pipeline.create(FaceEmbedding).build(source.out, { maxBatch: 0.5 })).toThrow("maxBatch of 1 or more");
  expect(() => pipeline.build()).toThrow("FaceDetection 1: expected an output linked to its input, got none");
});
