import { expected, throwIfCancelled } from "../errors.ts";
import { boxArea, clipBox } from "../geometry/box.ts";
import type { FaceDetection } from "../geometry/detection.ts";
import { createImage, type Image } from "../image/image.ts";
import type { DetectOptions, FaceDetector } from "./face-detector.ts";
import type { Finder, Search } from "./finder.ts";
import { findInOrientations } from "./orientations.ts";

const ORDERS = ["score", "largest", "central"] as const;
const EFFORTS = ["fast", "normal", "thorough"] as const;

/** A detector out of what differs between kinds: options mean the same for all of them. */
export function createDetectorOf(name: string, finder: Finder): FaceDetector {
  return {
    name,
    async detect(image, options = {}) {
      createImage(image.width, image.height, image.data);
      const { orientations, maxFaces, order, ...search } = checkOptions(options, finder.scoreThreshold);
      throwIfCancelled(search.signal, "detect");
      const found = orientations ? await findInOrientations(image, finder, search) : await finder.find(image, search);
      throwIfCancelled(search.signal, "detect");
      return found
        .map((face) => ({ ...face, box: clipBox(face.box, image.width, image.height) }))
        .filter(({ box }) => boxArea(box) > 0 && shortSide(box) >= search.minFaceSize)
        .sort(comparison(order, image))
        .slice(0, maxFaces);
    },
    [Symbol.asyncDispose]: () => finder[Symbol.asyncDispose](),
  };
}

type Checked = Search & { orientations: boolean; maxFaces: number; order: (typeof ORDERS)[number] };

/** @throws {ArcfaceError} INVALID_ARGUMENT for a number out of range, NaN among them, or a word that is none of ours. */
export function checkOptions(options: DetectOptions, scoreThreshold: number): Checked {
  const checked = {
    scoreThreshold: options.scoreThreshold ?? scoreThreshold,
    minFaceSize: options.minFaceSize ?? 0,
    maxFaces: options.maxFaces ?? Number.POSITIVE_INFINITY,
    order: options.order ?? "score",
    effort: options.effort ?? "normal",
    orientations: options.orientations ?? false,
    expectFace: options.expectFace ?? false,
    near: options.near ?? [],
    frame: options.frame,
    signal: options.signal,
  };
  const demand = (key: keyof DetectOptions, holds: boolean, what: string) => {
    if (!holds) throw expected(`detect: ${key}`, what, `${checked[key]}`);
  };
  const { scoreThreshold: score, minFaceSize, maxFaces } = checked;
  demand("scoreThreshold", typeof score === "number" && score > 0 && score <= 1, "a number above 0, at most 1");
  demand("minFaceSize", Number.isFinite(minFaceSize) && minFaceSize >= 0, "a number of pixels, 0 or more");
  demand(
    "maxFaces",
    maxFaces === Number.POSITIVE_INFINITY || (Number.isInteger(maxFaces) && maxFaces > 0),
    "a whole number, 1 or more",
  );
  demand("order", ORDERS.includes(checked.order), `one of ${ORDERS.join(", ")}`);
  demand("effort", EFFORTS.includes(checked.effort), `one of ${EFFORTS.join(", ")}`);
  demand("orientations", typeof checked.orientations === "boolean", "true or false");
  demand("expectFace", typeof checked.expectFace === "boolean", "true or false");
  const { near, frame } = checked;
  demand(
    "near",
    near.every((box) => box.length === 4 && box.every(Number.isFinite)),
    "boxes of four finite numbers",
  );
  demand("frame", frame === undefined || (Number.isInteger(frame) && frame >= 0), "a whole number, 0 or more");
  return checked;
}

function comparison(order: Checked["order"], image: Image): (a: FaceDetection, b: FaceDetection) => number {
  const value = {
    score: ({ score }: FaceDetection) => score,
    largest: ({ box }: FaceDetection) => boxArea(box),
    central: ({ box }: FaceDetection) => boxArea(box) - 2 * squaredDistance(box, image),
  }[order];
  return (a, b) => value(b) - value(a);
}

function squaredDistance([x0, y0, x1, y1]: FaceDetection["box"], { width, height }: Image): number {
  return ((x0 + x1 - width) / 2) ** 2 + ((y0 + y1 - height) / 2) ** 2;
}

function shortSide([x0, y0, x1, y1]: FaceDetection["box"]): number {
  return Math.min(x1 - x0, y1 - y0);
}
