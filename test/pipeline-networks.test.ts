import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { archiveFromCard, type FaceDetector, type Image, NNArchive, readArchive, writeArchive } from "arcface-ts";
import { DEFAULT_RECOGNIZER, loadDetector, loadEmbedder, loadRecognizer, openNodeZoo } from "arcface-ts/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { letterbox, wholeOf } from "../src/detect/letterbox.ts";
import { createNodeHost } from "../src/host/host.node.ts";
import { createPyramid, sampleCrop } from "../src/image/crop-sampler.ts";
import { createDevice } from "../src/pipeline/device.node.ts";
import type { Device } from "../src/pipeline/device.ts";
import { ImgDetections } from "../src/pipeline/messages/img-detections.ts";
import { ImgFrame } from "../src/pipeline/messages/img-frame.ts";
import type { Keypoints } from "../src/pipeline/messages/keypoints.ts";
import type { NNData } from "../src/pipeline/messages/nn-data.ts";
import { Align } from "../src/pipeline/nodes/align.ts";
import { FaceDetection } from "../src/pipeline/nodes/face-detection.ts";
import { FaceEmbedding } from "../src/pipeline/nodes/face-embedding.ts";
import { GatherData } from "../src/pipeline/nodes/gather-data.ts";
import { NeuralNetwork } from "../src/pipeline/nodes/neural-network.ts";
import { SCRFDParser } from "../src/pipeline/nodes/parsers/scrfd-parser.ts";
import { ParsingNeuralNetwork } from "../src/pipeline/nodes/parsing-neural-network.ts";
import { Pipeline } from "../src/pipeline/pipeline.ts";
import { Frames, readAll } from "../src/pipeline/testing/frames.ts";
import { NNModelDescription } from "../src/zoo/description.ts";
import { samplePhotos, TEST_CACHE, TEST_ENV, TEST_ZOO } from "./default-models.ts";
import { startHubServer } from "./hub-server.ts";
import { DATA, needsData } from "./needs.ts";

const { codec, read } = createNodeHost();
const decode = async (path: string): Promise<Image> => codec.decode(await read(path), path);
let home = "";
/** All faces of the sample photographs, aligned by the library. */
const crops: Image[] = [];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "arcface-pipeline-"));
  await using recognizer = await loadRecognizer(TEST_ZOO);
  for (const path of (await samplePhotos()).slice(0, 2)) {
    const image = await decode(path);
    for (const face of await recognizer.detect(image)) crops.push(recognizer.align(image, face));
  }
  expect(crops.length).toBeGreaterThan(3);
});
afterAll(() => rm(home, { recursive: true, force: true }));

const framesOf = (images: readonly Image[]): ImgFrame[] =>
  images.map((image, i) => ImgFrame.fromImage(image, { timestamp: 40 * i, sequenceNum: i }));

/** What a network and its parser answer to images, in a pipeline. */
async function answersTo<M>(
  images: readonly Image[],
  source: NNArchive | NNModelDescription | string,
  device: Device,
  maxBatch = 8,
) {
  const pipeline = new Pipeline(device);
  const frames = pipeline.create(Frames, framesOf(images));
  const nn = await pipeline.create(ParsingNeuralNetwork).build(frames.out, source);
  nn.setMaxBatch(maxBatch);
  const queue = nn.out.createOutputQueue(images.length);
  await pipeline.start();
  await pipeline.wait();
  return (await readAll(queue)) as M[];
}

/** A photograph as a network of 640×640 sees it: both sides are given these very pixels. */
async function squares(): Promise<Image[]> {
  const names = (await readdir(join(DATA, "photos"))).sort();
  const images = await Promise.all(names.map((name) => decode(join(DATA, "photos", name))));
  return images.map((image) => {
    const { toImage } = letterbox(wholeOf(image), { width: 640, height: 640, dynamic: false, stride: 1 }, "top-left");
    return sampleCrop(createPyramid(image), toImage, 640, 640);
  });
}

/** A card of the tests whose file is the research data's. */
async function cardWithFile(name: string): Promise<{ card: string; model: string }> {
  const model = join(DATA, "models", `${name}.onnx`);
  const text = await readFile(`test/cards/${name}.yaml`, "utf8");
  const card = join(home, `${name}.yaml`);
  await writeFile(card, text.replace(/path: .*\.onnx/, `path: ${model}`));
  return { card, model };
}

const clip = (x: number) => Math.min(Math.max(x, 0), 640);

/** Numbers of each face, in pixels: score, box, points clipped to the frame as DepthAI's parser clips them. */
function numbersOf(found: ImgDetections): number[][] {
  return found.detections.map((one) => [
    one.confidence,
    ...[one.xmin, one.ymin, one.xmax, one.ymax].map((x) => 640 * x),
    ...one.getKeypoints2f().flatMap(({ x, y }) => [640 * x, 640 * y]),
  ]);
}
async function libraryNumbers(detector: FaceDetector, image: Image): Promise<number[][]> {
  const found = await detector.detect(image);
  return found.map(({ score, box, landmarks }) => [score, ...box, ...landmarks.flat().map((x) => clip(x + 0.5))]);
}

for (const [name, parser] of [
  ["scrfd_500m_bnkps", "SCRFDParser"],
  ["face_detection_yunet_2023mar", "YuNetParser"],
] as const) {
  needsData("photos", `models/${name}.onnx`)(
    `${parser} in a pipeline finds on every photograph, box by box, what the library's detector does`,
    async () => {
      const images = await squares();
      const { card, model } = await cardWithFile(name);
      const device = createDevice(TEST_ZOO);
      await using detector = await loadDetector({ ...TEST_ZOO, model, card: `test/cards/${name}.yaml` });
      const expected = [];
      for (const image of images) expected.push(await libraryNumbers(detector, image));
      expect(expected.flat().length).toBeGreaterThan(40);
      // One at a time the same operations run; several at once may sum in another order.
      for (const [maxBatch, atol] of [
        [1, 1e-9],
        [8, 2e-3],
      ] as const) {
        const found = await answersTo<ImgDetections>(images, card, device, maxBatch);
        expect(found.length).toBe(images.length);
        for (const [i, message] of found.entries()) {
          expect(message).toBeInstanceOf(ImgDetections);
          expect(message.getSequenceNum()).toBe(i);
          const actual = numbersOf(message);
          expect(actual.length, `photograph ${i}`).toBe(expected[i]!.length);
          expect(actual.flat()).toBeCloseToTensor(expected[i]!.flat(), { atol });
        }
      }
    },
  );
}

needsData("photos", "models/scrfd_500m_bnkps.onnx")("a threshold set on the parser is the one it goes by", async () => {
  const [image] = await squares();
  const { card } = await cardWithFile("scrfd_500m_bnkps");
  const counts = [];
  for (const confidence of [0.05, 0.5, 0.9]) {
    const pipeline = new Pipeline(createDevice(TEST_ZOO));
    const frames = pipeline.create(Frames, framesOf([image!]));
    const nn = await pipeline.create(ParsingNeuralNetwork).build<ImgDetections>(frames.out, card);
    nn.getParser(SCRFDParser).setConfidenceThreshold(confidence);
    const queue = nn.out.createOutputQueue();
    await pipeline.start();
    counts.push((await queue.get()).detections.length);
    await pipeline.wait();
  }
  expect(counts[0]).toBeGreaterThan(counts[1]!);
  expect(counts[1]).toBeGreaterThanOrEqual(counts[2]!);
});

test("the page's loop: an embedding of [1, 512] float32 a crop, the library's own, not normalised", async () => {
  await using embedder = await loadEmbedder(TEST_ZOO);
  const expected = await embedder.embed(crops, { raw: true });

  const device = createDevice(TEST_ZOO);
  const description = new NNModelDescription(DEFAULT_RECOGNIZER, device.getPlatformAsString());
  await using pipeline = new Pipeline(device);
  const camera = pipeline.create(Frames, framesOf(crops));
  const nn = await pipeline.create(ParsingNeuralNetwork).build(camera.out, description);
  const queue = nn.out.createOutputQueue(crops.length);
  await pipeline.start();
  const embeddings = [];
  while (pipeline.isRunning() && embeddings.length < crops.length) {
    embeddings.push((await queue.get()).getTensor("output"));
  }

  expect(embeddings.length).toBe(crops.length);
  for (const [i, { dtype, shape, data }] of embeddings.entries()) {
    expect([dtype, shape]).toEqual(["float32", [1, 512]]);
    // Batches of other sizes may sum in another order.
    expect(data as Float32Array).toBeCloseToTensor(expected[i]!, { atol: 1e-5 });
  }
});

test("fed in the other order of colours the embedding is another one: that of the colours exchanged", async () => {
  const device = createDevice(TEST_ZOO);
  const archive = await device.getModel(new NNModelDescription(DEFAULT_RECOGNIZER));
  const config = structuredClone(archive.getConfig());
  const { preprocessing } = config.model.inputs[0]!;
  preprocessing.dai_type = preprocessing.dai_type === "BGR888p" ? "RGB888p" : "BGR888p";
  const spoilt = new NNArchive("spoilt", config, archive.files);
  const swapped = crops.map(({ width, height, data }) => ({
    width,
    height,
    data: data.map((_, i) => data[i + [2, 0, -2][i % 3]!]!),
  }));
  const embed = async (images: readonly Image[], source: NNArchive) =>
    (await answersTo<NNData>(images, source, device, 1)).map((answer) => answer.getFirstTensor().data as Float32Array);
  const [right, wrong, again] = [await embed(crops, archive), await embed(crops, spoilt), await embed(swapped, spoilt)];
  for (const [i, embedding] of right.entries()) {
    const largest = Math.max(...embedding.map((x, k) => Math.abs(x - wrong[i]![k]!)));
    expect(largest).toBeGreaterThan(0.05);
    expect(again[i]!).toBeCloseToTensor(embedding, { atol: 1e-6 });
  }
});

test("the page's model by its name from a hub: export form, BGR un-normalised, layer output [1, 512]", async () => {
  const SLUG = "luxonis/arcface:lfw-112x112";
  const zoo = openNodeZoo(TEST_ZOO);
  const onnx = await readFile((await zoo.paths(DEFAULT_RECOGNIZER, { published: true })).get(DEFAULT_RECOGNIZER)!);
  const form = { form: "export", fileName: "arcface.onnx" } as const;
  const { config, files } = await archiveFromCard(await zoo.card(DEFAULT_RECOGNIZER), new Uint8Array(onnx), form);
  const network = files.get("arcface.onnx")!;
  const pack = async (path: string) => {
    const contents = structuredClone(config);
    contents.model.metadata.path = path;
    const bytes = writeArchive({ config: contents, files: new Map([[path, network]]) }, { compression: "gz" });
    return new Uint8Array(await new Response(bytes).arrayBuffer());
  };
  const [source, converted] = [await pack("arcface.onnx"), await pack("arcface.dlc")];
  await using hub = await startHubServer([{ slug: SLUG, type: "ONNX", files: { "arcface.tar.gz": source } }]);
  const cacheDir = join(home, "cache");
  await cp(TEST_CACHE, cacheDir, { recursive: true });
  const env = { ...TEST_ENV, ...hub.env, DEPTHAI_ZOO_CACHE_PATH: join(home, "depthai") };
  const device = createDevice({ cacheDir, env });

  const answers = await answersTo<NNData>(crops, SLUG, device);
  await using embedder = await loadEmbedder(TEST_ZOO);
  const expected = await embedder.embed(crops, { raw: true });
  for (const [i, answer] of answers.entries()) {
    const { dtype, shape, data } = answer.getTensor("output");
    expect([dtype, shape]).toEqual(["float32", [1, 512]]);
    expect(data as Float32Array).toBeCloseToTensor(expected[i]!, { atol: 1e-5 });
  }
  expect(hub.requests.length).toBeGreaterThan(0);

  // What is for a device runs on such a device only, and says so wherever it turns up.
  await expect(answersTo(crops, new NNModelDescription(SLUG, "RVC4"), device)).rejects.toThrow(
    `${SLUG}: expected a model for cpu, got a description for RVC4`,
  );
  const dlc = await readArchive(new Response(converted).body!, "arcface.tar.gz");
  await expect(answersTo(crops, dlc, device)).rejects.toMatchObject({
    code: "UNSUPPORTED_FORMAT",
    message: expect.stringMatching(/^NeuralNetwork \d+: .*got arcface\.dlc, which runs on an RVC4 device/),
  });
});

test("detection, alignment, embedding and gathering give what the library's embed gives, frame by frame", async () => {
  const images = await Promise.all((await samplePhotos()).map(decode));
  await using recognizer = await loadRecognizer(TEST_ZOO);
  const expected = [];
  for (const image of images) expected.push(await recognizer.embed(image));

  const pipeline = new Pipeline(createDevice(TEST_ZOO));
  const frames = pipeline.create(Frames, framesOf(images));
  const faces = pipeline.create(FaceDetection).build(frames.out);
  const align = pipeline.create(Align).build(faces.passthrough, faces.out);
  const embeddings = pipeline.create(FaceEmbedding).build(align.out);
  const gather = pipeline.create(GatherData<ImgDetections, NNData>).build(25, embeddings.out, faces.out);
  const queue = gather.out.createOutputQueue(images.length);
  await pipeline.start();
  await pipeline.wait();
  const gathered = await readAll(queue);

  expect(gathered.map((one) => one.items.length)).toEqual(expected.map((found) => found.length));
  for (const [i, one] of gathered.entries()) {
    expect(one.getSequenceNum()).toBe(i);
    const { width, height } = images[i]!;
    for (const [k, { box, score, embedding }] of expected[i]!.entries()) {
      const detection = one.getReferenceData().detections[k]!;
      expect(detection.confidence).toBe(score);
      const { xmin, ymin, xmax, ymax } = detection;
      expect([xmin * width, ymin * height, xmax * width, ymax * height]).toBeCloseToTensor(box, { atol: 1e-9 });
      expect(one.items[k]!.getTensor("output").data as Float32Array).toBeCloseToTensor(embedding, { atol: 1e-5 });
    }
  }
});

test("the zoo's own detectors and landmarks have parsers, too", async () => {
  const device = createDevice(TEST_ZOO);
  const [path] = await samplePhotos();
  const image = await decode(path!);
  await using detector = await loadDetector(TEST_ZOO);
  const [face] = await detector.detect(image, { maxFaces: 1 });
  for (const slug of ["mediapipe/blazeface:full-range", "faceplugin/ultraface"]) {
    const [found] = await answersTo<ImgDetections>([image], slug, device);
    const nearest = found!.detections.find(({ xmin, ymin, xmax, ymax }) => {
      const [x, y] = [
        (face!.box[0] + face!.box[2]) / 2 / image.width,
        (face!.box[1] + face!.box[3]) / 2 / image.height,
      ];
      return xmin < x && x < xmax && ymin < y && y < ymax;
    });
    expect(nearest, slug).toMatchObject({ label: 0, labelName: "Face" });
  }
  const [landmarks] = await answersTo<Keypoints>([crops[0]!], "faceplugin/landmarks-68", device);
  expect(landmarks!.keypoints.length).toBe(68);
  // The tip of the nose lies about where the template has it.
  const nose = landmarks!.keypoints[30]!;
  expect([112 * nose.x, 112 * nose.y]).toBeCloseToTensor([56, 72], { atol: 20 });
});

test("a detector made of several networks is no network to run; the node for it is named", async () => {
  await expect(answersTo(crops, "arcface/faces", createDevice(TEST_ZOO))).rejects.toMatchObject({
    code: "MODEL_MISMATCH",
    hint: expect.stringContaining("FaceDetection"),
  });
});

test("NeuralNetwork alone gives the layers of a network without heads", async () => {
  const device = createDevice(TEST_ZOO);
  const pipeline = new Pipeline(device);
  const frames = pipeline.create(Frames, framesOf(crops.slice(0, 1)));
  const nn = await pipeline.create(NeuralNetwork).build(frames.out, "mtcnn/onet");
  const queue = nn.out.createOutputQueue();
  await pipeline.start();
  const answer = await queue.get();
  expect(answer.getAllLayerNames().length).toBe(3);
  await pipeline.wait();
});
