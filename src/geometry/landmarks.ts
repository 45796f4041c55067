import { expected } from "../errors.ts";
import { applyAffine } from "./similarity.ts";
import type { Affine, Landmarks, Point } from "./types.ts";

/**
 * Where the five landmarks lie in the 112×112 crop that ArcFace networks are trained on.
 * Source: `arcface_dst`, insightface python-package/insightface/utils/face_align.py.
 */
export const ARCFACE_TEMPLATE: Landmarks = [
  [38.2946, 51.6963],
  [73.5318, 51.5014],
  [56.0252, 71.7366],
  [41.5493, 92.3655],
  [70.7299, 92.2041],
];

/**
 * The template for another crop size, by InsightFace's rule. A multiple of 112 scales it. A multiple of 128 scales it
 * in a wider view: 128 px show the face at its size in 112, with 8 px more on the left and right and 16 px more below.
 * A multiple of both follows 112. Other sizes, which InsightFace refuses, show what 112 shows, scaled.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where `size` is not a positive whole number.
 * Source: `estimate_norm`, as ARCFACE_TEMPLATE.
 */
export function arcfaceTemplate(size = 112): Landmarks {
  if (!(Number.isInteger(size) && size > 0)) throw expected("arcfaceTemplate", "a whole number of pixels", `${size}`);
  const wide = size % 112 !== 0 && size % 128 === 0;
  const ratio = wide ? size / 128 : size / 112;
  return mapLandmarks([ratio, 0, wide ? 8 * ratio : 0, 0, ratio, 0], ARCFACE_TEMPLATE);
}

/** All five points through an affine; their order, which is the face's, stays as it is. */
export function mapLandmarks(affine: Affine, landmarks: Landmarks): Landmarks {
  const [leftEye, rightEye, nose, mouthLeft, mouthRight] = landmarks;
  const map = (point: Point) => applyAffine(affine, point);
  return [map(leftEye), map(rightEye), map(nose), map(mouthLeft), map(mouthRight)];
}

/** Left and right swapped: what the points of a mirrored face are called. */
export function mirrorNames([leftEye, rightEye, nose, mouthLeft, mouthRight]: Landmarks): Landmarks {
  return [rightEye, leftEye, nose, mouthRight, mouthLeft];
}

/**
 * Five landmarks out of the 68 of iBUG 300-W (0-based): eyes are the means of the four lid points, nose is 30, mouth
 * corners are 48 and 54.
 *
 * The lids, not the corners of the eyes (36, 39 and 42, 45) that InsightFace averages: lids lie about the pupil, where
 * the template's eyes are, while the line between the corners runs below it and slides outwards on a face from the side.
 *
 * @throws {ArcfaceError} INVALID_ARGUMENT where there are not 68 points.
 */
export function landmarks68To5(points: readonly Point[]): Landmarks {
  if (points.length !== 68) throw expected("landmarks68To5", "68 points", `${points.length}`);
  return [centre(points, [37, 38, 40, 41]), centre(points, [43, 44, 46, 47]), points[30]!, points[48]!, points[54]!];
}

function centre(points: readonly Point[], indices: readonly number[]): Point {
  const sum = (axis: 0 | 1) => indices.reduce((total, index) => total + points[index]![axis], 0);
  return [sum(0) / indices.length, sum(1) / indices.length];
}
