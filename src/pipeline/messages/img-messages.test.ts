import fc from "fast-check";
import { expect, test } from "vitest";
import { createImage } from "../../image/image.ts";
import { ImgDetection } from "./img-detection.ts";
import { toImgDetection } from "./img-detections.ts";
import { ImgFrame } from "./img-frame.ts";
import { ImgFrameType } from "./img-frame-type.ts";
import { ImgTransformation } from "./img-transformation.ts";
import { RotatedRect } from "./rotated-rect.ts";

const two = createImage(1, 2, new Uint8Array([200, 10, 30, 40, 50, 210]));
const stamps = { timestamp: 12.5, timestampDevice: 7, sequenceNum: 3 };

test("the numbers of frame types are DepthAI's", () => {
  const { YUV422i, RGB888p, BGR888p, RGB888i, BGR888i, NV12, GRAY8, NONE } = ImgFrameType;
  expect([YUV422i, RGB888p, BGR888p, RGB888i, BGR888i, NV12, GRAY8, NONE]).toEqual([0, 7, 8, 9, 10, 22, 30, 33]);
  expect(Object.values(ImgFrameType)).toEqual(Array.from({ length: 34 }, (_, i) => i));
});

test("a frame of an image has the bytes of its type, the same picture, and its stamps", () => {
  const frame = ImgFrame.fromImage(two, stamps, { type: "BGR888p" });
  expect([frame.getType(), frame.getWidth(), frame.getHeight(), frame.getStride()]).toEqual(["BGR888p", 1, 2, 1]);
  expect([frame.getTimestamp(), frame.getTimestampDevice(), frame.getSequenceNum()]).toEqual([12.5, 7, 3]);
  expect([...frame.getData()]).toEqual([30, 210, 10, 50, 200, 40]);
  expect(frame.getImage()).toBe(two);
  frame.setData(new Uint8Array([1, 2, 3, 4, 5, 6]));
  expect([...frame.getImage().data]).toEqual([5, 3, 1, 6, 4, 2]);
});

test("a frame's picture is made of its bytes where the type loses something", () => {
  const image = createImage(2, 2, new Uint8Array([200, 10, 30, 200, 10, 30, 200, 10, 30, 0, 0, 0]));
  const frame = ImgFrame.fromImage(image, {}, { type: "NV12" });
  const again = new ImgFrame({ type: "NV12", width: 2, height: 2, data: frame.getData() });
  expect(frame.getImage()).toEqual(again.getImage());
  expect(frame.getImage()).not.toEqual(image);
});

test("getCvFrame is BGR as OpenCV has it, or grey", () => {
  const frame = ImgFrame.fromImage(two);
  expect(frame.getCvFrame()).toEqual({
    rows: 2,
    cols: 1,
    channels: 3,
    data: new Uint8Array([30, 10, 200, 210, 50, 40]),
  });
  const grey = new ImgFrame({ type: "YUV400p", width: 3, height: 1, stride: 4, data: new Uint8Array([7, 8, 9, 99]) });
  expect(grey.getCvFrame()).toEqual({ rows: 1, cols: 3, channels: 1, data: new Uint8Array([7, 8, 9]) });
  expect([...grey.getImage().data]).toEqual([7, 7, 7, 8, 8, 8, 9, 9, 9]);
});

test("a frame of raw pixels travels, and says that it is no picture", () => {
  const raw = new ImgFrame({ type: "RAW10", width: 4, height: 1, data: new Uint8Array(8) }, stamps);
  expect(raw.getSequenceNum()).toBe(3);
  expect(() => raw.getImage()).toThrow(
    expect.objectContaining({ code: "UNSUPPORTED_FORMAT", message: expect.stringMatching(/^ImgFrame: .* got RAW10$/) }),
  );
});

test("a frame and its transformation have one size", () => {
  const transformation = ImgTransformation.identity(5, 5);
  expect(() => ImgFrame.fromImage(two, {}, { transformation })).toThrow(
    "expected a transformation to 1×2, got one to 5×5",
  );
});

/** 100×80 → its right half, edge to edge as large again → a quarter turn. */
const half = ImgTransformation.identity(100, 80).followedBy([2, 0, -99.5, 0, 1, 0, 0, 0, 1], 100, 80);
const turned = half.followedBy([0, -1, 79, 1, 0, 0, 0, 0, 1], 80, 100);

test("transformations lead from the source through every step, and back", () => {
  expect(half.transformPoint({ x: 50, y: 3 })).toEqual({ x: 0.5, y: 3 });
  expect(turned.transformPoint({ x: 50, y: 3 })).toEqual({ x: 76, y: 0.5 });
  expect(turned.invTransformPoint({ x: 76, y: 0.5 })).toEqual({ x: 50, y: 3 });
  expect([turned.getSize(), turned.getSourceSize()]).toEqual([
    [80, 100],
    [100, 80],
  ]);
  expect(half.remapPointTo(turned, { x: 0.5, y: 3 })).toEqual({ x: 76, y: 0.5 });
  expect(half.remapPointFrom(turned, { x: 76, y: 0.5 })).toEqual({ x: 0.5, y: 3 });
});

test("a transformation is no promise: awaited, it is itself", async () => {
  expect(await (async () => half)()).toBe(half);
});

test("a transformation without a size or a way back says so", () => {
  expect(() => ImgTransformation.identity(0, 4)).toThrow("expected sizes of whole pixels");
  const flat = half.followedBy([1, 1, 0, 1, 1, 0, 0, 0, 1], 4, 4);
  expect(() => flat.invTransformPoint({ x: 0, y: 0 })).toThrow("expected an invertible matrix");
});

const turnedRect = new RotatedRect({ x: 50, y: 40 }, { width: 20, height: 10 }, 90, false);

test("a turned rectangle has its corners clockwise from what was top left, and an upright one about it", () => {
  const corners = turnedRect.getPoints().map(({ x, y }) => [x, y]);
  expect(corners).toBeCloseToTensor([55, 30, 55, 50, 45, 50, 45, 30], { atol: 1e-12 });
  expect(turnedRect.getOuterRect()).toBeCloseToTensor([45, 30, 55, 50], { atol: 1e-12 });
});

test("rectangles become fractions and pixels again; what could be fractions is taken for them unless it is said", () => {
  const fractions = turnedRect.normalize(100, 80);
  expect([fractions.center, fractions.size, fractions.angle]).toEqual([
    { x: 0.5, y: 0.5 },
    { width: 0.2, height: 0.125 },
    90,
  ]);
  expect(fractions.normalize(7, 7)).toBe(fractions);
  expect(fractions.denormalize(100, 80)).toEqual(turnedRect);
  expect(new RotatedRect({ x: 0.5, y: 1 }, { width: 1, height: 1 }).isNormalized()).toBe(true);
  expect(new RotatedRect({ x: 0.5, y: 2 }, { width: 1, height: 1 }).isNormalized()).toBe(false);
  expect(new RotatedRect({ x: 0.5, y: 1 }, { width: 1, height: 1 }, 0, false).isNormalized()).toBe(false);
});

test("a detection has one box, however it is set", () => {
  const detection = new ImgDetection({ label: 2, labelName: "face", confidence: 0.5 });
  detection.setOuterBoundingBox(0.25, 0.125, 0.75, 0.375);
  expect([detection.getCenterX(), detection.getCenterY(), detection.getWidth(), detection.getHeight()]).toEqual([
    0.5, 0.25, 0.5, 0.25,
  ]);
  detection.setBoundingBox(new RotatedRect({ x: 0.5, y: 0.5 }, { width: 0.4, height: 0.2 }, -90));
  expect([detection.xmin, detection.ymin, detection.xmax, detection.ymax]).toBeCloseToTensor([0.4, 0.3, 0.6, 0.7], {
    atol: 1e-12,
  });
  expect([detection.getWidth(), detection.getAngle()]).toEqual([0.4, -90]);
});

test("a changed copy keeps the rest and leaves the detection as it is", () => {
  const box = new RotatedRect({ x: 0.5, y: 0.5 }, { width: 0.4, height: 0.2 }, 30);
  const detection = new ImgDetection({
    label: 2,
    confidence: 0.5,
    boundingBox: box,
    keypoints: [{ x: 0.1, y: 0.2, z: 3 }],
  });
  const named = detection.with({ labelName: "Ada" });
  expect([named.label, named.labelName, named.getAngle()]).toEqual([2, "Ada", 30]);
  expect(named.getKeypoints3f()).toEqual([{ x: 0.1, y: 0.2, z: 3 }]);
  expect(named.getKeypoints2f()).toEqual([{ x: 0.1, y: 0.2 }]);
  expect(detection.labelName).toBe("");
  const moved = detection.with({ xmin: 0.1, ymin: 0.2, xmax: 0.3, ymax: 0.6 });
  expect([moved.xmin, moved.ymax, moved.getAngle()]).toEqual([0.1, 0.6, 0]);
});

test("what a detector found becomes fractions: edges of boxes, centres of landmarks", () => {
  const coordinate = fc.double({ min: -50, max: 700, noNaN: true });
  fc.assert(
    fc.property(fc.array(coordinate, { minLength: 14, maxLength: 14 }), (numbers) => {
      const [x0, y0, x1, y1, ...rest] = numbers as [number, number, number, number, ...number[]];
      const points = [0, 1, 2, 3, 4].map((k) => [rest[2 * k]!, rest[2 * k + 1]!] as const);
      const landmarks = points as unknown as NonNullable<Parameters<typeof toImgDetection>[0]["landmarks"]>;
      const found = toImgDetection({ box: [x0, y0, x1, y1], score: 0.7, landmarks }, 640, 480, { labelName: "face" });
      expect([640 * found.xmin, 480 * found.ymin, 640 * found.xmax, 480 * found.ymax]).toBeCloseToTensor(
        [x0, y0, x1, y1],
        { atol: 1e-9 },
      );
      const back = found.getKeypoints2f().map(({ x, y }) => [640 * x - 0.5, 480 * y - 0.5]);
      expect(back).toBeCloseToTensor(rest, { atol: 1e-9 });
      expect([found.confidence, found.labelName]).toEqual([0.7, "face"]);
    }),
    { seed: 22, numRuns: 50 },
  );
});
