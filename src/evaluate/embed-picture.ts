import type { FaceSpot } from "../data/test-set.ts";
import type { FaceDetector } from "../detect/face-detector.ts";
import { expected } from "../errors.ts";
import type { FaceDetection } from "../geometry/detection.ts";
import type { Point } from "../geometry/types.ts";
import type { ImageCodec } from "../host/host.ts";
import { cropFace } from "../image/crop-face.ts";
import { createImage, type Image } from "../image/image.ts";
import { resizeBilinear } from "../image/resize.ts";
import { flipHorizontal } from "../image/transform.ts";
import type { Embedder } from "../recognize/embedder.ts";

export type PictureNetworks = {
  readonly codec: ImageCodec;
  readonly embedder: Embedder;
  /** `null` where no picture needs one. */
  readonly detector: FaceDetector | null;
};

/** An encoded picture, what errors call it, and where its face is. */
export type Picture = { readonly bytes: Uint8Array; readonly name: string; readonly face: FaceSpot };

/**
 * The embedding of the face that a test set means in a picture.
 *
 * @returns raw, as the network gives it: of the crop, then, with `flip`, of its mirror image, in one list; `null` where no
 *   face was found.
 * @throws {ArcfaceError} as the codec, the detector and the embedder; INVALID_ARGUMENT where a crop is not square.
 */
export async function embedPicture(
  { codec, embedder, detector }: PictureNetworks,
  { bytes, name, face }: Picture,
  { flip, signal }: { readonly flip: boolean; readonly signal?: AbortSignal | undefined },
): Promise<Float32Array | null> {
  const image = await codec.decode(bytes, name);
  const crop = await cropOf(image, face, { embedder, detector, name, signal });
  if (!crop) return null;
  const options = { raw: true, signal };
  const [straight] = await embedder.embed([crop], options);
  if (!flip) return straight!;
  const [mirrored] = await embedder.embed([flipHorizontal(crop)], options);
  const both = new Float32Array(straight!.length + mirrored!.length);
  both.set(straight!);
  both.set(mirrored!, straight!.length);
  return both;
}

type Around = Pick<PictureNetworks, "detector"> & {
  readonly embedder: Pick<Embedder, "alignment" | "cropSize">;
  readonly name: string;
  readonly signal: AbortSignal | undefined;
};

/** The crop that a recogniser is to see of a picture; `null` where no face was found. @throws {ArcfaceError} as embedPicture. */
export async function cropOf(image: Image, face: FaceSpot, around: Around): Promise<Image | null> {
  const { embedder, detector, name, signal } = around;
  const { alignment, cropSize } = embedder;
  switch (face.kind) {
    case "crop":
      return resized(image, cropSize, name);
    case "middle":
      return resized(middleOf(image, face.side, name), cropSize, name);
    case "points": {
      const box = [0, 0, image.width, image.height] as const;
      return cropFace(image, { landmarks: face.landmarks, box, score: 1 }, alignment, cropSize);
    }
    default: {
      if (!detector) throw expected(name, "a detector, to find the face", "none");
      const found = await detector.detect(image, { expectFace: true, ...(signal && { signal }) });
      const nearest = nearestTo(face.kind === "box" ? middle(face.box) : [image.width / 2, image.height / 2], found);
      return nearest ? cropFace(image, nearest, alignment, cropSize) : null;
    }
  }
}

/** InsightFace's evaluation brings the shorter side to the network's; what is not square then would not fit. */
function resized(image: Image, size: number, name: string): Image {
  const { width, height } = image;
  if (width !== height) throw expected(name, "a square crop", `${width}×${height}`);
  return width === size ? image : resizeBilinear(image, size, size);
}

function middleOf({ width, height, data }: Image, side: number, name: string): Image {
  if (side > width || side > height) throw expected(name, `a picture of ${side}×${side} or more`, `${width}×${height}`);
  const [x0, y0] = [Math.floor((width - side) / 2), Math.floor((height - side) / 2)];
  const cut = new Uint8Array(3 * side * side);
  for (let y = 0; y < side; y++) {
    const start = 3 * ((y0 + y) * width + x0);
    cut.set(data.subarray(start, start + 3 * side), 3 * y * side);
  }
  return createImage(side, side, cut);
}

const middle = ([x0, y0, x1, y1]: FaceDetection["box"]): Point => [(x0 + x1) / 2, (y0 + y1) / 2];

function nearestTo([x, y]: Point, faces: readonly FaceDetection[]): FaceDetection | undefined {
  const distance = ({ box }: FaceDetection): number => Math.hypot(middle(box)[0] - x, middle(box)[1] - y);
  return [...faces].sort((a, b) => distance(a) - distance(b))[0];
}
