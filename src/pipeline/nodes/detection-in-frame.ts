import type { Box, Point } from "../../geometry/types.ts";
import type { ImgDetection } from "../messages/img-detection.ts";
import type { ImgTransformation, Point2f } from "../messages/img-transformation.ts";
import { RotatedRect } from "../messages/rotated-rect.ts";

/**
 * Where detections lie in a frame that may be another than the one they were found in: larger, cropped or letterboxed
 * otherwise, of the same source.
 */
export type DetectionPlacer = {
  /** The detection's box in pixels, edge to edge. A turned box that the way between the frames bends stays a rectangle. */
  rect(detection: ImgDetection): RotatedRect;
  /** The upright box about it, pixels, edge to edge. */
  box(detection: ImgDetection): Box;
  /** Its keypoints in pixels, whole numbers being centres. */
  points(detection: ImgDetection): Point[];
};

/**
 * @param found of the frame that the detections are fractions of; `null`: of `frame` itself.
 * @param frame of the frame to look in.
 */
export function placeDetections(found: ImgTransformation | null, frame: ImgTransformation): DetectionPlacer {
  const from = found ?? frame;
  const [width, height] = from.getSize();
  const move = (point: Point2f): Point2f => (from === frame ? point : from.remapPointTo(frame, point));
  /** Of a point that counts from edges. */
  const moveEdge = ({ x, y }: Point2f): Point2f => {
    const moved = move({ x: x - 0.5, y: y - 0.5 });
    return { x: moved.x + 0.5, y: moved.y + 0.5 };
  };
  const placer: DetectionPlacer = {
    rect(detection) {
      const rect = detection.getBoundingBox().denormalize(width, height);
      const [topLeft, topRight, bottomRight, bottomLeft] = rect.getPoints();
      const [left, top, right, bottom] = [
        between(topLeft, bottomLeft),
        between(topLeft, topRight),
        between(topRight, bottomRight),
        between(bottomLeft, bottomRight),
      ].map(moveEdge) as [Point2f, Point2f, Point2f, Point2f];
      const across = { x: right.x - left.x, y: right.y - left.y };
      const size = { width: Math.hypot(across.x, across.y), height: Math.hypot(bottom.x - top.x, bottom.y - top.y) };
      // What has no width has no direction: it keeps its own.
      const angle = size.width > 0 ? (Math.atan2(across.y, across.x) * 180) / Math.PI : rect.angle;
      return new RotatedRect(moveEdge(rect.center), size, angle, false);
    },
    box: (detection) => placer.rect(detection).getOuterRect(),
    points: (detection) =>
      detection.getKeypoints2f().map(({ x, y }) => {
        const moved = move({ x: x * width - 0.5, y: y * height - 0.5 });
        return [moved.x, moved.y];
      }),
  };
  return placer;
}

function between(a: Point2f, b: Point2f): Point2f {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}
