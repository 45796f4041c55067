import { expect, test } from "vitest";
import { ImgDetection } from "../../pipeline/messages/img-detection.ts";
import { ImgDetections } from "../../pipeline/messages/img-detections.ts";
import { ImgTransformation } from "../../pipeline/messages/img-transformation.ts";
import { RotatedRect } from "../../pipeline/messages/rotated-rect.ts";
import { ProtoWriter } from "../descriptors.ts";
import { imgDetections } from "../to-proto.ts";
import type { Read } from "../wire/message-types.ts";
import { readMessage } from "../wire/read-message.ts";
import { cornersOf, placeIn } from "./place.ts";

/** On the wire a matrix is of float32, seven digits: on a frame of 1920 pixels some ten-thousandths of one. */
const TOLERANCE = 1e-6;

/** As it comes to the page. */
function sent(transformation: ImgTransformation): Read<"common.ImgTransformation"> {
  const name = "img_detections.ImgDetections";
  const bytes = new ProtoWriter().write(name, imgDetections(new ImgDetections([], {}, transformation)));
  return readMessage(name, bytes).transformation!;
}

const video = ImgTransformation.identity(1920, 1080);
/** The middle of the video, turned by a quarter, 320×320. */
const crop = video.followedBy([0, 0.5, -220, -0.5, 0, 700, 0, 0, 1], 320, 320);
const small = video.followedBy([1 / 3, 0, -1 / 3, 0, 1 / 3, -1 / 3, 0, 0, 1], 640, 360);

test.each([
  ["a crop in the video", video, crop],
  ["the video in a crop", crop, video],
  ["a crop in a smaller video", small, crop],
])("placeIn agrees with ImgTransformation on %s", (_, shown, found) => {
  const place = placeIn(sent(shown), sent(found));
  const [[w, h], [W, H]] = [found.getSize(), shown.getSize()];
  for (const [x, y] of [[0, 0] as const, [0.5, 0.25] as const, [1, 1] as const, [0.9, 0.1] as const]) {
    const pixel = found.remapPointTo(shown, { x: x * w - 0.5, y: y * h - 0.5 });
    const placed = place({ x, y });
    expect(Math.abs(placed.x - (pixel.x + 0.5) / W)).toBeLessThan(TOLERANCE);
    expect(Math.abs(placed.y - (pixel.y + 0.5) / H)).toBeLessThan(TOLERANCE);
  }
});

test("without transformations, and with one that cannot be turned round, points stay where they are", () => {
  const flat = new ImgTransformation(8, 8, [1, 0, 0, 0, 0, 0, 0, 0, 1], 8, 8);
  for (const place of [
    placeIn(undefined, undefined),
    placeIn(sent(video), undefined),
    placeIn(sent(video), sent(flat)),
  ]) {
    expect(place({ x: 0.3, y: 0.7 })).toEqual({ x: 0.3, y: 0.7 });
  }
});

test("cornersOf turns a box in pixels, as RotatedRect does", () => {
  const box = new ImgDetection({
    boundingBox: new RotatedRect({ x: 0.5, y: 0.5 }, { width: 0.2, height: 0.1 }, 30, true),
  }).getBoundingBox();
  const corners = cornersOf(box.center, box.size, box.angle, { width: 1920, height: 1080 });
  for (const [index, { x, y }] of box.denormalize(1920, 1080).getPoints().entries()) {
    expect(corners[index]!.x * 1920).toBeCloseTo(x, 8);
    expect(corners[index]!.y * 1080).toBeCloseTo(y, 8);
  }
});
