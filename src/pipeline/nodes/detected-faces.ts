import type { FaceDetection } from "../../geometry/detection.ts";
import type { Landmarks, Point } from "../../geometry/types.ts";
import type { ImgDetection } from "../messages/img-detection.ts";
import type { ImgDetections } from "../messages/img-detections.ts";
import type { ImgFrame } from "../messages/img-frame.ts";

/** A face of a message in the pixels of a frame; landmarks absent where the message has not five. */
export type DetectedFace = Omit<FaceDetection, "landmarks"> & {
  readonly landmarks?: Landmarks;
  readonly detection: ImgDetection;
};

/**
 * Detections in the pixels of a frame, which may be another one of the same source than they were found in: the large
 * one, say, of which the detector saw a small copy.
 */
export function detectedFaces(message: ImgDetections, frame: ImgFrame): DetectedFace[] {
  const to = frame.getTransformation();
  const from = message.getTransformation() ?? to;
  const [width, height] = from.getSize();
  // Fractions are edge to edge, pixels centre to centre.
  const point = (x: number, y: number): Point => {
    const mapped = from.remapPointTo(to, { x: x * width - 0.5, y: y * height - 0.5 });
    return [mapped.x, mapped.y];
  };
  return message.detections.map((detection) => {
    const { xmin, ymin, xmax, ymax, confidence } = detection;
    const corners = [point(xmin, ymin), point(xmax, ymin), point(xmin, ymax), point(xmax, ymax)];
    const [xs, ys] = [corners.map(([x]) => x + 0.5), corners.map(([, y]) => y + 0.5)];
    const points = detection.getKeypoints2f().map(({ x, y }) => point(x, y));
    return {
      detection,
      box: [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)],
      score: confidence,
      ...(points.length === 5 && { landmarks: points as unknown as Landmarks }),
    };
  });
}
