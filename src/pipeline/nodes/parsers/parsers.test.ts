import { expect, test } from "vitest";
import type { Buffer } from "../../messages/buffer.ts";
import { Classifications } from "../../messages/classifications.ts";
import { ImgDetections } from "../../messages/img-detections.ts";
import { ImgTransformation } from "../../messages/img-transformation.ts";
import type { Keypoints } from "../../messages/keypoints.ts";
import { NNData } from "../../messages/nn-data.ts";
import type { Predictions } from "../../messages/predictions.ts";
import { Pipeline } from "../../pipeline.ts";
import { BaseParser } from "./base-parser.ts";
import type { HeadConfig } from "./head-config.ts";
import { PARSERS, parserClass } from "./registry.ts";
import { SCRFDParser } from "./scrfd-parser.ts";

const STAMPS = { timestamp: 40, timestampDevice: 41, sequenceNum: 3 };
const transformation = ImgTransformation.identity(32, 32);

/** What a parser makes of one answer, in a pipeline. */
async function parse(name: string, head: object, answer: NNData): Promise<Buffer> {
  const pipeline = new Pipeline(null);
  const parser = pipeline.create(parserClass(name));
  await parser.build({ parser: name, outputs: answer.getAllLayerNames(), ...head } as HeadConfig);
  const input = parser.input.createInputQueue();
  const output = parser.out.createOutputQueue();
  await pipeline.start();
  await input.send(answer);
  input.end();
  await pipeline.wait();
  return output.get();
}

const answerOf = (layers: Readonly<Record<string, { shape: number[]; data: ArrayLike<number> }>>): NNData => {
  const answer = new NNData({ transformation }, STAMPS);
  for (const [name, { shape, data }] of Object.entries(layers))
    answer.addTensor(name, { dtype: "float32", shape, data: Float32Array.from(data) });
  return answer;
};

/** SCRFD's heads for an input of 32×32, with the anchors that are given. */
function scrfdAnswer(
  hits: readonly { stride: 8 | 16 | 32; anchor: number; score: number; box: number[]; points: number[] }[],
  name: (kind: string, stride: number) => string = (kind, stride) => `${kind}_${stride}`,
): NNData {
  const layers: Record<string, { shape: number[]; data: number[] }> = {};
  for (const [kind, columns] of [
    ["score", 1],
    ["bbox", 4],
    ["kps", 10],
  ] as const) {
    for (const stride of [8, 16, 32]) {
      const anchors = 2 * (32 / stride) ** 2;
      const data = new Array<number>(anchors * columns).fill(0);
      for (const hit of hits.filter((one) => one.stride === stride)) {
        const values = { score: [hit.score], bbox: hit.box, kps: hit.points }[kind];
        for (const [k, value] of values.entries()) data[hit.anchor * columns + k] = value;
      }
      layers[name(kind, stride)] = { shape: [anchors, columns], data };
    }
  }
  return answerOf(layers);
}
const SCRFD_HEAD = {
  classes: ["Face"],
  n_classes: 1,
  iou_threshold: 0.5,
  conf_threshold: 0.5,
  max_det: 100,
  anchors: null,
  feat_stride_fpn: [8, 16, 32],
  num_anchors: 2,
  model_inputs: [{ shape: [1, 3, 32, 32], layout: "NCHW" }],
};
// The second anchor of the cell in row 1, column 2 of stride 8, whose corner is (16, 8): see A.3's decoding.
const HIT = {
  stride: 8,
  anchor: 2 * (4 + 2) + 1,
  score: 0.75,
  box: [1, 0.5, 0.5, 1],
  points: [0, 0, 1, 0, 0.5, 0.5, 0, 1, 1, 1],
} as const;
const hit = (changes: Partial<{ score: number; anchor: number; box: number[]; points: number[] }> = {}) => ({
  ...HIT,
  box: [...HIT.box],
  points: [...HIT.points],
  ...changes,
});
const edges = (message: Buffer) =>
  (message as ImgDetections).detections.map(({ xmin, ymin, xmax, ymax }) =>
    [xmin, ymin, xmax, ymax].map((x) => 32 * x),
  );

test("SCRFDParser: a cell's corner and distances in strides make the box, with stamps and transformation carried on", async () => {
  const message = (await parse("SCRFDParser", SCRFD_HEAD, scrfdAnswer([hit()]))) as ImgDetections;
  expect(message).toBeInstanceOf(ImgDetections);
  expect([message.getTimestamp(), message.getTimestampDevice(), message.getSequenceNum()]).toEqual([40, 41, 3]);
  expect(message.getTransformation()).toBe(transformation);
  expect(edges(message)).toEqual([[8, 4, 20, 16]]);
  const [detection] = message.detections;
  expect(detection).toMatchObject({ label: 0, labelName: "Face", confidence: 0.75 });
  // Points are of pixel centres, fractions from edge to edge: half a pixel more.
  expect(detection!.getKeypoints2f().map(({ x, y }) => [32 * x - 0.5, 32 * y - 0.5])).toEqual([
    [16, 8],
    [24, 8],
    [20, 12],
    [16, 16],
    [24, 16],
  ]);
});

test("SCRFDParser keeps a score of just the threshold, and leaves out what is below", async () => {
  const answer = scrfdAnswer([hit({ score: 0.5 }), hit({ score: 0.4999, anchor: 0, box: [0, 0, 1, 1] })]);
  expect(edges(await parse("SCRFDParser", SCRFD_HEAD, answer))).toEqual([[8, 4, 20, 16]]);
});

test("SCRFDParser clips boxes and keypoints to the frame", async () => {
  const answer = scrfdAnswer([hit({ anchor: 0, box: [2, 1, 9, 9], points: [-1, -1, 9, 0, 1, 1, 0, 9, 9, 9] })]);
  const message = (await parse("SCRFDParser", SCRFD_HEAD, answer)) as ImgDetections;
  expect(edges(message)).toEqual([[0, 0, 32, 32]]);
  expect(message.detections[0]!.getKeypoints2f()).toEqual([
    { x: 0, y: 0 },
    { x: 1, y: 0.5 / 32 },
    { x: 8.5 / 32, y: 8.5 / 32 },
    { x: 0.5 / 32, y: 1 },
    { x: 1, y: 1 },
  ]);
});

test("SCRFDParser's overlap counts both edge pixels: boxes 4 wide that share 2 columns", async () => {
  // x 0–4 and 2–6 of one height 4: (3·5) / (25 + 25 − 15) = 0.43 with "+1", 0.33 without.
  const box = (x: number) =>
    hit({ anchor: x === 0 ? 0 : 1, score: x === 0 ? 0.9 : 0.8, box: [-x / 8, 0, (x + 4) / 8, 0.5] });
  const answer = () => scrfdAnswer([box(0), box(2)]);
  const at = async (iou_threshold: number) =>
    edges(await parse("SCRFDParser", { ...SCRFD_HEAD, iou_threshold }, answer())).length;
  expect(await at(0.4)).toBe(1);
  expect(await at(15 / 35)).toBe(2);
});

test("SCRFDParser gives the best first, over all strides, and leaves out none for max_det", async () => {
  const far = { stride: 32, anchor: 1, score: 0.95, box: [0, 0, 0.1, 0.1], points: HIT.points.map(() => 0) } as const;
  const answer = scrfdAnswer([hit(), { ...far, box: [...far.box] }]);
  const message = (await parse("SCRFDParser", { ...SCRFD_HEAD, max_det: 1 }, answer)) as ImgDetections;
  expect(message.detections.map(({ confidence }) => confidence)).toEqual([Math.fround(0.95), 0.75]);
});

test("SCRFDParser takes layers by the end of their names, or by position", async () => {
  const names: ((kind: string, stride: number) => string)[] = [
    (kind, stride) => `head/${kind}_${stride}`,
    (kind, stride) => `${{ score: 400, bbox: 500, kps: 600 }[kind]! + stride}`,
  ];
  for (const name of names)
    expect(edges(await parse("SCRFDParser", SCRFD_HEAD, scrfdAnswer([hit()], name)))).toEqual([[8, 4, 20, 16]]);
});

test("SCRFDParser says what is wrong in DepthAI's words", async () => {
  const parser = () => new Pipeline(null).create(SCRFDParser);
  expect(() => parser().build({ parser: "SCRFDParser", outputs: ["score_8", "score_16", "bbox_8"] })).toThrow(
    "Number of score, bbox, and kps layers should be equal, got 2, 1, and 0 layers.",
  );
  const without = new NNData().addTensor("bbox_8", [1]);
  await expect(
    parse("SCRFDParser", { ...SCRFD_HEAD, outputs: scrfdAnswer([]).getAllLayerNames() }, without),
  ).rejects.toThrow("Layer score_8 not found in the model output.");
  await expect(parse("SCRFDParser", { ...SCRFD_HEAD, feat_stride_fpn: [8, 64] }, scrfdAnswer([]))).rejects.toThrow(
    "Layer score_64 not found in the model output.",
  );
  expect(() => parser().build({ parser: "SCRFDParser", outputs: [], conf_threshold: "0.5" })).toThrow(
    'SCRFDParser: expected conf_threshold to be a number, got "0.5"',
  );
});

test("SCRFDParser has DepthAI's defaults and setters", () => {
  const parser = new Pipeline(null).create(SCRFDParser).build({ parser: "SCRFDParser", outputs: [] });
  const facts = () => [
    parser.getConfidenceThreshold(),
    parser.getIouThreshold(),
    parser.getMaxDetections(),
    parser.getInputSize(),
    parser.getFeatStrideFPN(),
    parser.getNumAnchors(),
    parser.getLabelNames(),
  ];
  expect(facts()).toEqual([0.5, 0.5, 100, [640, 640], [8, 16, 32], 2, ["Face"]]);
  parser.setConfidenceThreshold(0.1).setIouThreshold(0.2).setMaxDetections(3).setInputSize(320, 240);
  parser.setFeatStrideFPN([8]).setNumAnchors(1).setLabelNames(["x"]);
  expect(facts()).toEqual([0.1, 0.2, 3, [320, 240], [8], 1, ["x"]]);
});

test("EmbeddingsParser passes the very message on, neither normalised nor reshaped", async () => {
  const answer = answerOf({ output: { shape: [1, 4], data: [3, 4, 0, 0] } });
  const message = (await parse("EmbeddingsParser", {}, answer)) as NNData;
  expect(message).toBe(answer);
  expect(message.getTensor("output")).toMatchObject({ shape: [1, 4], data: Float32Array.of(3, 4, 0, 0) });
  const parser = new Pipeline(null).create(PARSERS.EmbeddingsParser!);
  expect(() => parser.build({ parser: "EmbeddingsParser", outputs: ["a", "b"] })).toThrow(
    "Embeddings head should have only one output layer, got a, b",
  );
});

test("ClassificationParser sorts, and turns logits into probabilities where they are not yet", async () => {
  const answer = () => answerOf({ scores: { shape: [1, 3], data: [Math.log(1), Math.log(7), Math.log(2)] } });
  const head = { classes: ["a", "b", "c"], n_classes: 3, is_softmax: false };
  const message = (await parse("ClassificationParser", head, answer())) as Classifications;
  expect(message).toBeInstanceOf(Classifications);
  expect(message.classes).toEqual(["b", "c", "a"]);
  expect(message.scores).toBeCloseToTensor([0.7, 0.2, 0.1], { atol: 1e-6 });
  expect([message.topClass, message.getSequenceNum()]).toEqual(["b", 3]);
  const asTheyAre = (await parse("ClassificationParser", { ...head, is_softmax: true }, answer())) as Classifications;
  expect(asTheyAre.topScore).toBeCloseTo(Math.log(7), 6);
  await expect(parse("ClassificationParser", { ...head, classes: ["a"] }, answer())).rejects.toThrow(
    "Number of labels and scores mismatch. Provided 3 scores and 1 class names.",
  );
});

test("RegressionParser and KeypointParser give the numbers of their layer", async () => {
  const answer = answerOf({ x: { shape: [1, 6], data: [0, 64, 128, 32, 16, 8] } });
  const regression = (await parse("RegressionParser", {}, answer)) as Predictions;
  expect(regression.predictions.map(({ prediction }) => prediction)).toEqual([0, 64, 128, 32, 16, 8]);
  expect(regression.prediction).toBe(0);
  const two = (await parse("KeypointParser", { n_keypoints: 3, scale_factor: 128 }, answer)) as Keypoints;
  expect(two.keypoints).toEqual([
    { x: 0, y: 0.5 },
    { x: 1, y: 0.25 },
    { x: 0.125, y: 0.0625 },
  ]);
  expect(two.getTransformation()).toBe(transformation);
  const three = (await parse("KeypointParser", { n_keypoints: 2 }, answer)) as Keypoints;
  expect(three.keypoints[1]).toEqual({ x: 32, y: 16, z: 8 });
  await expect(parse("KeypointParser", { n_keypoints: 6 }, answer)).rejects.toThrow(
    "Expected 2 or 3 coordinates per keypoint, got 1.",
  );
  await expect(parse("KeypointParser", {}, answer)).rejects.toThrow("expected n_keypoints of 1 or more, got 0");
});

test("Landmarks68Parser gives 68 points", async () => {
  const data = Array.from({ length: 136 }, (_, i) => i / 136);
  const message = (await parse("Landmarks68Parser", {}, answerOf({ output: { shape: [1, 136], data } }))) as Keypoints;
  expect(message.keypoints.length).toBe(68);
  expect(message.keypoints[67]!.y).toBeCloseTo(135 / 136, 6);
});

test("a name that no parser has, and a class that is none, are refused in DepthAI's words; one's own win", () => {
  expect(() => parserClass("YOLO")).toThrow("Parser YOLO not a valid parser class.");
  expect(() => parserClass("toString")).toThrow("Parser toString not a valid parser class.");
  expect(() => parserClass("Map", { Map: Map as never })).toThrow("Parser Map does not inherit from BaseParser class.");
  class Own extends BaseParser {
    override build(): this {
      return this;
    }
    protected override parse(answer: NNData): Buffer {
      return answer;
    }
  }
  expect(parserClass("SCRFDParser", { SCRFDParser: Own })).toBe(Own);
  expect(Object.entries(PARSERS).every(([name, type]) => new Pipeline(null).create(type).getName() === name)).toBe(
    true,
  );
});
