import type { DetectOptions, FaceDetector } from "../../detect/face-detector.ts";
import { throwIfCancelled } from "../../errors.ts";
import type { FaceDetection } from "../../geometry/detection.ts";
import { ARCFACE_TEMPLATE, mapLandmarks } from "../../geometry/landmarks.ts";
import { fakeHost } from "../../host/testing/fake-host.ts";
import { createImage, type Image } from "../../image/image.ts";
import { l2Normalize } from "../../tensor/vector.ts";
import { type Card, type CardOf, parseCard } from "../../zoo/cards/card.ts";
import type { Embedder } from "../embedder.ts";
import { Recognizer } from "../recognizer.ts";

const licence = { name: "MIT", commercial: true };

/** A 4×4 crop of BGR, (x − 10) / 2, to three numbers. */
export const MODEL = {
  source: { path: "fake.onnx" },
  input: { name: "in", width: 4, height: 4, color: "BGR", mean: [10, 10, 10], scale: [2, 2, 2] },
  outputs: { embedding: "out" },
};

export const THRESHOLDS = [
  { falseAcceptRate: 1e-3, threshold: 0.5, measuredOn: "fakes" },
  { falseAcceptRate: 1e-4, threshold: 0.8, measuredOn: "fakes" },
];

export function recognizerCard(changes: object = {}): CardOf<"recognizer"> {
  const card = { slug: "test/embedder", kind: "recognizer", title: "Fake", licence, model: MODEL };
  return parse({ ...card, embedding: { size: 3 }, thresholds: THRESHOLDS, ...changes }) as CardOf<"recognizer">;
}

export function detectorCard(changes: object): CardOf<"detector"> {
  return parse({ slug: "test/detector", kind: "detector", title: "Fake", licence, ...changes }) as CardOf<"detector">;
}

/** A network that is only a stage of others. */
export function stageCard(slug: string, model: object): Card {
  return parse({ slug, kind: "stage", title: "Fake", licence, model });
}

const parse = (card: object): Card => parseCard(card, "fake card");

/** A face that fills a square box as ArcFace's template fills its crop. */
export function faceAt(x: number, y: number, side: number, score = 0.9): FaceDetection {
  const landmarks = mapLandmarks([side / 112, 0, x, 0, side / 112, y], ARCFACE_TEMPLATE);
  return { box: [x, y, x + side, y + side], score, landmarks };
}

export type Colour = readonly [r: number, g: number, b: number];

/** A plain background with squares of a colour, in a chessboard of ±`contrast`: sharp, unless that is 0. */
export function paint(
  width: number,
  height: number,
  faces: readonly { readonly face: FaceDetection; readonly colour: Colour; readonly contrast?: number }[],
): Image {
  const image = createImage(width, height, new Uint8Array(3 * width * height).fill(128));
  for (const { face, colour, contrast = 20 } of faces) {
    const [x0, y0, x1, y1] = face.box;
    for (let y = y0; y < y1; y++) {
      for (let x = x0; x < x1; x++) {
        const sign = (x + y) % 2 === 0 ? 1 : -1;
        for (const [c, level] of colour.entries()) image.data[3 * (y * width + x) + c] = level + sign * contrast;
      }
    }
  }
  return image;
}

/** Finds what it is told: the same faces in every image, or those of an image by its pixels. */
export function fakeDetector(
  faces: readonly FaceDetection[] | ReadonlyMap<Uint8Array, readonly FaceDetection[]>,
): FaceDetector & { readonly asked: readonly DetectOptions[]; readonly disposals: number } {
  const asked: DetectOptions[] = [];
  let disposals = 0;
  const area = ({ box }: FaceDetection) => (box[2] - box[0]) * (box[3] - box[1]);
  return {
    name: "test/detector",
    asked,
    get disposals() {
      return disposals;
    },
    async detect(image, options = {}) {
      throwIfCancelled(options.signal, "detect");
      asked.push(options);
      const found = "get" in faces ? (faces.get(image.data) ?? []) : faces;
      const ordered = options.order === "largest" ? found.toSorted((a, b) => area(b) - area(a)) : [...found];
      return ordered.slice(0, options.maxFaces);
    },
    async [Symbol.asyncDispose]() {
      disposals++;
    },
  };
}

/** The mean colour of a crop, about grey: faces of one colour are one person. */
export function colourEmbedder(): Embedder & { readonly disposals: number } {
  let disposals = 0;
  return {
    name: "test/embedder",
    fingerprint: "test/embedder@0123456789abcdef",
    size: 3,
    cropSize: 112,
    alignment: "arcface",
    get disposals() {
      return disposals;
    },
    async embed(crops, { raw = false, signal } = {}) {
      throwIfCancelled(signal, "embed");
      return crops.map(({ data }) => {
        const sum = new Float32Array(3);
        for (const [i, level] of data.entries()) sum[i % 3]! += (level - 128) / (data.length / 3);
        return raw ? sum : l2Normalize(sum);
      });
    },
    async [Symbol.asyncDispose]() {
      disposals++;
    },
  };
}

/** A recogniser over those two. */
export function fakeRecognizer(
  faces: Parameters<typeof fakeDetector>[0],
  files: Readonly<Record<string, Uint8Array>> = {},
): Recognizer & {
  readonly detector: ReturnType<typeof fakeDetector>;
  readonly embedder: ReturnType<typeof colourEmbedder>;
} {
  return new Recognizer({
    host: fakeHost({}, files),
    detector: fakeDetector(faces),
    embedder: colourEmbedder(),
    thresholds: THRESHOLDS,
    detectorFingerprint: "test/detector",
  }) as ReturnType<typeof fakeRecognizer>;
}
