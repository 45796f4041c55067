import { throwIfCancelled } from "../errors.ts";
import { mapBox } from "../geometry/box.ts";
import type { FaceDetection } from "../geometry/detection.ts";
import { mapLandmarks } from "../geometry/landmarks.ts";
import { invertAffine } from "../geometry/similarity.ts";
import type { Image } from "../image/image.ts";
import { type QuarterTurns, rotate90, rotate90Affine } from "../image/transform.ts";
import type { Finder, Search } from "./finder.ts";

const TURNS: readonly QuarterTurns[] = [0, 1, 2, 3];

/**
 * Look at the image turned by 0, 90, 180 and 270°, and keep what the orientation with the best faces shows.
 *
 * Landmarks keep the names they have on the upright face: in a photo turned upside down the "left eye" is the one on
 * the image's right. That is on purpose: alignment then turns the crop upright.
 */
export async function findInOrientations(image: Image, finder: Finder, search: Search): Promise<FaceDetection[]> {
  const look = async (expectFace: boolean) => {
    let best = { faces: [] as FaceDetection[], evidence: 0 };
    for (const turns of TURNS) {
      throwIfCancelled(search.signal, "detect");
      const turned = rotate90(image, turns);
      const found = await finder.find(turned, { ...search, near: [], expectFace });
      const upright = evidence(found);
      if (upright > best.evidence) {
        best = { faces: found.map((face) => turnBack(face, image, turns)), evidence: upright };
      }
    }
    return best.faces;
  };
  const found = await look(false);
  return found.length === 0 && search.expectFace ? look(true) : found;
}

/**
 * How well faces stand in an orientation, in faces: the scores, each times how upright its face is. A face on its side
 * is often found as well, with a score hardly lower, but its eyes are then above each other.
 */
function evidence(faces: readonly FaceDetection[]): number {
  return faces.reduce((sum, { score, landmarks }) => sum + score * uprightness(landmarks), 0);
}

/** The cosine of the angle between the line from eyes to mouth and straight down, at least 0.01. */
function uprightness([leftEye, rightEye, , mouthLeft, mouthRight]: FaceDetection["landmarks"]): number {
  const x = mouthLeft[0] + mouthRight[0] - leftEye[0] - rightEye[0];
  const y = mouthLeft[1] + mouthRight[1] - leftEye[1] - rightEye[1];
  return Math.max(0.01, y / (Math.hypot(x, y) || 1));
}

function turnBack(face: FaceDetection, { width, height }: Image, turns: QuarterTurns): FaceDetection {
  const back = invertAffine(rotate90Affine(width, height, turns));
  const [x0, y0, x1, y1] = mapBox(back, shift(face.box, -0.5));
  return { ...face, box: shift([x0, y0, x1, y1], 0.5), landmarks: mapLandmarks(back, face.landmarks) };
}

// Box edges lie half a pixel before the centres that the affine maps.
function shift([x0, y0, x1, y1]: FaceDetection["box"], by: number): FaceDetection["box"] {
  return [x0 + by, y0 + by, x1 + by, y1 + by];
}
