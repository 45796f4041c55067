import type { FaceMark } from "../../image/mark-layout.ts";
import type { ImgDetection } from "../messages/img-detection.ts";
import { ImgDetections } from "../messages/img-detections.ts";
import type { ImgFrame } from "../messages/img-frame.ts";
import type { Tracklets } from "../messages/tracklets.ts";
import { placeDetections } from "./detection-in-frame.ts";

/** What is written at a detection, and whose colour it has. */
export type MarkText = Pick<FaceMark, "label" | "note" | "person">;

/** Decides what is written at a detection. */
export type DescribeDetection = (detection: ImgDetection) => MarkText;

/** Its name and confidence; names get their colours in the order in which they are first seen. */
export function createDescribe(): DescribeDetection {
  const people = new Map<string, number>();
  return ({ labelName, confidence }) => {
    const person = people.get(labelName) ?? people.size;
    people.set(labelName, person);
    return { label: labelName, note: confidence.toFixed(2), person };
  };
}

/** What is to be drawn into a frame of things found in it, or in another frame of the same source. */
export function marksOf(found: ImgDetections | Tracklets, frame: ImgFrame, describe: DescribeDetection): FaceMark[] {
  const placer = placeDetections(found.getTransformation(), frame.getTransformation());
  if (found instanceof ImgDetections) {
    return found.detections.map((detection) => ({
      box: placer.box(detection),
      landmarks: placer.points(detection),
      ...describe(detection),
    }));
  }
  const inView = found.tracklets.filter(({ status }) => status === "NEW" || status === "TRACKED");
  return inView.map(({ id, roi, srcImgDetection }) => {
    const { x, y, width, height } = roi;
    const moved = srcImgDetection.with({}).setOuterBoundingBox(x, y, x + width, y + height);
    const label = [srcImgDetection.labelName, `#${id}`].filter(Boolean).join(" ");
    return { box: placer.box(moved), label, note: srcImgDetection.confidence.toFixed(2), person: id };
  });
}
