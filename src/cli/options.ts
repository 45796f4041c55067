import type { DetectOptions } from "../detect/face-detector.ts";
import { expected } from "../errors.ts";
import type { DecisionOptions } from "../recognize/decision.ts";
import type { OptionSpecs, OptionValues } from "./command.ts";

/** Options that several commands share, so that each is named, checked and explained once. */
export const findOptions = {
  scoreThreshold: {
    type: "number",
    min: 0,
    max: 1,
    describe: "leave out faces scored lower, 0 to 1 (default: the detector's own)",
  },
  minFace: {
    type: "number",
    value: "PX",
    min: 0,
    describe: "leave out faces smaller than this on their shorter side (default 0)",
  },
  effort: {
    type: "string",
    choices: ["fast", "normal", "thorough"],
    describe: "how hard to look for small faces (default normal)",
  },
  orientations: { type: "boolean", describe: "try the image turned by 90, 180 and 270 degrees too" },
  maxPixels: { type: "number", min: 1, describe: "refuse images of more pixels (default 100 million)" },
} as const satisfies OptionSpecs;

/** Where all faces of an image are meant, rather than its only or its largest one. */
export const detectOptions = {
  ...findOptions,
  maxFaces: { type: "number", min: 1, integer: true, describe: "at most so many faces an image" },
  order: { type: "string", choices: ["score", "largest", "central"], describe: "which faces come first" },
} as const satisfies OptionSpecs;

export const detectorOption = {
  detector: {
    type: "string",
    value: "SLUG|FILE",
    describe: "the detector, as team/model (default arcface/faces) or a file",
  },
  detectorCard: { type: "string", value: "SLUG|FILE", describe: "the card that describes a detector given as a file" },
} as const satisfies OptionSpecs;

/** Where networks may come from, and which may be used. */
export const zooOptions = {
  commercial: {
    type: "boolean",
    describe: "refuse networks whose licence forbids commercial use (or ARCFACE_COMMERCIAL=1)",
  },
  source: {
    type: "string",
    value: "DIR|URL,…",
    describe: "where to look for models that no card here names: folders, addresses (or ARCFACE_SOURCES)",
  },
} as const satisfies OptionSpecs;

/** `--model` is a command's own network; `--card` says how a file is fed. */
export const modelOptions = {
  model: {
    type: "string",
    short: "m",
    value: "SLUG|FILE",
    describe: "the network: team/model, an .onnx or .tflite file, or an NN archive",
  },
  card: {
    type: "string",
    value: "SLUG|FILE",
    describe: "the card (YAML or JSON) that describes a network given as a file",
  },
  threads: { type: "number", min: 1, integer: true, describe: "threads within one run of a network (default 1)" },
  ...zooOptions,
} as const satisfies OptionSpecs;

/** What takes a training step after step. */
export const runOptions = {
  resume: { type: "boolean", describe: "go on from the latest checkpoint in --out" },
  workers: { type: "number", min: 1, integer: true, describe: "threads that decode (default 1)" },
  lfw: { type: "string", value: "DIR", describe: "measure on LFW: the folder with pairs.txt" },
  aligned: { type: "string", value: "DIR", describe: "LFW's aligned 112×112 crops" },
} as const satisfies OptionSpecs;

export const decisionOptions = {
  threshold: {
    type: "number",
    min: -1,
    max: 1,
    describe: "cosine similarity from which two faces are one person (default: the model's card)",
  },
  far: {
    type: "number",
    value: "RATE",
    min: 0,
    max: 1,
    describe: "take the card's threshold measured at this false-accept rate",
  },
} as const satisfies OptionSpecs;

export const galleryOption = {
  gallery: {
    type: "string",
    short: "g",
    value: "FILE",
    describe: "the gallery (default: ARCFACE_GALLERY, or one in the user's data folder)",
  },
} as const satisfies OptionSpecs;

export const drawOption = {
  draw: {
    type: "string",
    value: "FILE",
    describe: "write the picture with the faces drawn, .jpg or .png (a folder for several images)",
  },
} as const satisfies OptionSpecs;

/** Which networks a command that recognises is to use. */
export function toNetworks({
  model,
  card,
  detector,
  detectorCard,
}: OptionValues<typeof modelOptions & typeof detectorOption>) {
  return given({ model, card, detector, detectorCard });
}

export function toDetectOptions({
  scoreThreshold,
  minFace,
  maxFaces,
  order,
  effort,
  orientations,
}: OptionValues<typeof detectOptions>): DetectOptions {
  return given({ scoreThreshold, minFaceSize: minFace, maxFaces, order, effort, orientations });
}

/** LFW with its crops; `null` where neither is given. @param where what errors call the command. */
export function toAlignedLfw(
  where: string,
  { lfw, aligned }: OptionValues<Pick<typeof runOptions, "lfw" | "aligned">>,
): { readonly lfw: string; readonly aligned: string } | null {
  if (lfw === undefined && aligned === undefined) return null;
  if (lfw === undefined || aligned === undefined) throw expected(where, "--lfw and --aligned together", "one");
  return { lfw, aligned };
}

export function toDecisionOptions({ threshold, far }: OptionValues<typeof decisionOptions>): DecisionOptions {
  if (threshold !== undefined && far !== undefined) throw expected("--threshold and --far", "one of the two", "both");
  return given({ threshold, falseAcceptRate: far });
}

export type Size = { readonly width: number; readonly height: number };

/** Of an image, from --size. */
export function parseSize(text: string): Size {
  const [, width, height] = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(text) ?? [];
  if (!width || !height) throw expected("--size", "a width and a height, as 640x480", text);
  return { width: Number(width), height: Number(height) };
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The entries that were given: with exact optional properties, absent and undefined differ. */
export function given<T extends object>(values: T): Given<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
}
