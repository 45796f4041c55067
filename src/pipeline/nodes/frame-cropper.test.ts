import fc from "fast-check";
import { expect, test } from "vitest";
import { homographyOf } from "../../geometry/homography.ts";
import { arcfaceTemplate } from "../../geometry/landmarks.ts";
import { estimateSimilarity } from "../../geometry/similarity.ts";
import type { Landmarks } from "../../geometry/types.ts";
import { alignFace } from "../../image/align.ts";
import { createImage, type Image } from "../../image/image.ts";
import { HostNode } from "../host-node.ts";
import type { Buffer } from "../messages/buffer.ts";
import { ImageManipConfig } from "../messages/image-manip-config.ts";
import { ImgDetection } from "../messages/img-detection.ts";
import { ImgDetections, toImgDetection } from "../messages/img-detections.ts";
import { ImgFrame } from "../messages/img-frame.ts";
import { ImgTransformation } from "../messages/img-transformation.ts";
import { MessageGroup } from "../messages/message-group.ts";
import { RotatedRect } from "../messages/rotated-rect.ts";
import type { Output } from "../output.ts";
import { Pipeline } from "../pipeline.ts";
import { collect, Emit } from "../testing/emit.ts";
import { Align } from "./align.ts";
import { placeDetections } from "./detection-in-frame.ts";
import { FrameCropper, type FrameCropperOptions } from "./frame-cropper.ts";
import { manipulate } from "./image-manip.ts";

/** Red tells x, green tells y, blue the frame. */
function ramps(number: number, width = 120, height = 100): ImgFrame {
  const image = createImage(width, height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) image.data.set([2 * x, 2 * y, 100 + number], at);
  }
  return ImgFrame.fromImage(image, { timestamp: 40 * number, sequenceNum: number });
}

const box = (x0: number, y0: number, x1: number, y1: number) =>
  new ImgDetection({ xmin: x0 / 120, ymin: y0 / 100, xmax: x1 / 120, ymax: y1 / 100 });

const found = (number: number, ...detections: ImgDetection[]) =>
  new ImgDetections(detections, { timestamp: 40 * number, sequenceNum: number });

/** The middle pixel of a crop: where it was, and in which frame. */
function middleOf(crop: ImgFrame): [x: number, y: number, frame: number] {
  const { width, height, data } = crop.getImage();
  const at = 3 * ((height >> 1) * width + (width >> 1));
  return [data[at]! / 2, data[at + 1]! / 2, data[at + 2]! - 100];
}

async function crop(
  frames: readonly ImgFrame[],
  detections: readonly ImgDetections[],
  options: FrameCropperOptions,
): Promise<ImgFrame[]> {
  await using pipeline = new Pipeline();
  const cropper = pipeline
    .create(FrameCropper)
    .fromImgDetections(pipeline.create(Emit<ImgDetections>, detections).out, options)
    .build(pipeline.create(Emit<ImgFrame>, frames).out);
  const queue = cropper.out.createOutputQueue(2, true);
  await pipeline.start();
  return await collect(queue);
}

test("there is a crop of each detection, in order, with its frame's stamps; none where nothing was found", async () => {
  const detections = [found(0, box(10, 10, 31, 31), box(50, 40, 71, 61)), found(1), found(2, box(20, 20, 41, 41))];
  const crops = await crop(
    [0, 1, 2].map((number) => ramps(number)),
    detections,
    { outputSize: [21, 21] },
  );
  expect(crops.map(middleOf)).toEqual([
    [20, 20, 0],
    [60, 50, 0],
    [30, 30, 2],
  ]);
  expect(crops.map((one) => [one.getTimestamp(), one.getSequenceNum()])).toEqual([
    [0, 0],
    [0, 0],
    [80, 2],
  ]);
  expect(crops.every((one) => one.getWidth() === 21 && one.getHeight() === 21)).toBe(true);
});

/** Finds one thing in every tenth frame. */
class LookNowAndThen extends HostNode {
  build(frames: Output<ImgFrame>): this {
    return this.linkArgs(frames as unknown as Output);
  }

  process(frame: Buffer): ImgDetections | null {
    const number = frame.getSequenceNum();
    return number % 10 === 9 ? found(number, box(10, 10, 31, 31)) : null;
  }
}

test("where only some frames of a source are looked at, the crops are of those, and nothing waits for ever", async () => {
  await using pipeline = new Pipeline();
  const frames = pipeline.create(
    Emit<ImgFrame>,
    Array.from({ length: 50 }, (_, number) => ramps(number)),
  ).out;
  const looked = pipeline.create(LookNowAndThen).build(frames).out as unknown as Output<ImgDetections>;
  const cropper = pipeline
    .create(FrameCropper)
    .fromImgDetections(looked, { outputSize: [21, 21] })
    .build(frames);
  const queue = cropper.out.createOutputQueue(1, true);
  await pipeline.start();
  expect((await collect(queue)).map(middleOf)).toEqual([9, 19, 29, 39, 49].map((number) => [20, 20, number]));
});

test("what is outside the frame is black in the crop, and a box without area still has one", async () => {
  const detections = [found(0, box(-20, 40, 20, 80), box(300, 300, 310, 310), box(50, 50, 50, 50))];
  const [half, away, empty] = await crop([ramps(0)], detections, { outputSize: [40, 40] });
  const blues = [...half!.getImage().data].filter((_, i) => i % 3 === 2).slice(20 * 40, 21 * 40);
  expect(blues).toEqual([...Array(20).fill(0), ...Array(20).fill(100)]);
  expect(away!.getImage().data.every((value) => value === 0)).toBe(true);
  expect([empty!.getWidth(), ...middleOf(empty!)]).toBeCloseToTensor([40, 50, 50, 0], { atol: 1 });
});

test("padding adds a fraction of the frame to each side, and the resize modes hold", async () => {
  const options = { outputSize: [60, 60], padding: 0.1 } as const;
  const [stretched] = await crop([ramps(0)], [found(0, box(40, 40, 60, 60))], { ...options, resizeMode: "STRETCH" });
  const corner = (frame: ImgFrame, x: number, y: number) => {
    const point = frame.getTransformation().invTransformPoint({ x, y });
    return [point.x + 0.5, point.y + 0.5];
  };
  // 12 px at the left and right, 10 px above and below.
  expect(corner(stretched!, -0.5, -0.5)).toBeCloseToTensor([28, 30], { atol: 1e-9 });
  expect(corner(stretched!, 59.5, 59.5)).toBeCloseToTensor([72, 70], { atol: 1e-9 });
  const [cut] = await crop([ramps(0)], [found(0, box(40, 40, 60, 60))], options);
  expect(corner(cut!, -0.5, -0.5)).toBeCloseToTensor([30, 30], { atol: 1e-9 });
});

/** 120×100 letterboxed into 60×60: half as large, 5 px of border above and below. */
const letterbox = new ImageManipConfig().setOutputSize(60, 60, "LETTERBOX");

test("detections of a letterboxed frame are cut out of the one that it was made of", async () => {
  const full = ramps(0);
  const small = manipulate(full, letterbox);
  const inSmall = new ImgDetection({ xmin: 5 / 60, ymin: 15 / 60, xmax: 15.5 / 60, ymax: 25.5 / 60 });
  const detections = new ImgDetections([inSmall], {}, small.getTransformation());
  const [one] = await crop([full], [detections], { outputSize: [21, 21] });
  expect(middleOf(one!)).toEqual([20, 30, 0]);
});

test("a box keeps its place and turn through any scale and crop of the source, there and back", () => {
  const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
  fc.assert(
    fc.property(
      fc.tuple(number(0.2, 0.8), number(0.2, 0.8), number(0.05, 0.4), number(0.05, 0.4), number(-179, 179)),
      fc.tuple(number(0.3, 3), number(-90, 90), number(-50, 50)),
      ([x, y, width, height, angle], [scale, turn, shift]) => {
        const source = ImgTransformation.identity(120, 100);
        const [cos, sin] = [Math.cos(turn), Math.sin(turn)].map((value) => scale * value) as [number, number];
        const other = source.followedBy([cos, -sin, shift, sin, cos, 2 * shift, 0, 0, 1], 300, 200);
        const detection = new ImgDetection({ boundingBox: new RotatedRect({ x, y }, { width, height }, angle, true) });
        const moved = placeDetections(source, other).rect(detection);
        const back = placeDetections(other, source).rect(new ImgDetection({ boundingBox: moved.normalize(300, 200) }));
        const corners = (rect: RotatedRect) => rect.getPoints().flatMap((point) => [point.x, point.y]);
        const before = detection.getBoundingBox().denormalize(120, 100);
        expect(corners(back)).toBeCloseToTensor(corners(before), { atol: 1e-6 });
        expect(moved.size.width).toBeCloseTo(scale * before.size.width, 6);
      },
    ),
    { seed: 24, numRuns: 100 },
  );
});

test("configurations say what to cut, one or a group of them for a frame", async () => {
  const at = (x: number) => new ImageManipConfig({ timestamp: 0 }).addCrop(x, 10, 1, 1);
  const group = new MessageGroup([["a", at(5)] as const, ["b", at(3)] as const], { timestamp: 40 });
  await using pipeline = new Pipeline();
  const cropper = pipeline
    .create(FrameCropper)
    .fromManipConfigs(pipeline.create(Emit<Buffer>, [at(9), group]).out)
    .build(pipeline.create(Emit<ImgFrame>, [ramps(0), ramps(1)]).out);
  const queue = cropper.out.createOutputQueue(8, true);
  await pipeline.start();
  expect((await collect(queue)).map(middleOf)).toEqual([
    [9, 10, 0],
    [5, 10, 1],
    [3, 10, 1],
  ]);
});

test("a cropper that is not told what to cut out of what, or twice, is refused", () => {
  const pipeline = new Pipeline();
  const cropper = pipeline.create(FrameCropper);
  expect(() => pipeline.build()).toThrow("FrameCropper 0: expected fromImgDetections or fromManipConfigs to be called");
  const detections = pipeline.create(Emit<ImgDetections>, []).out;
  expect(() => cropper.fromImgDetections(detections, { outputSize: [0, 4] })).toThrow(
    "expected whole numbers of pixels",
  );
  expect(() => cropper.fromImgDetections(detections, { outputSize: [4, 4], padding: -1 })).toThrow(
    "a padding of 0 or more",
  );
  cropper.fromImgDetections(detections, { outputSize: [4, 4] });
  expect(() => pipeline.build()).toThrow("FrameCropper 0: expected frames by build, got none");
  expect(() => cropper.fromManipConfigs(pipeline.create(Emit<Buffer>, []).out)).toThrow("once, got another");
});

const noise: Image = createImage(
  120,
  100,
  Uint8Array.from({ length: 36_000 }, (_, i) => (i * 7919 + (i >> 5) * 31) % 256),
);
const landmarks: Landmarks = [
  [40.2, 41.1],
  [70.9, 38.4],
  [57.3, 55.5],
  [45.1, 72.8],
  [69.4, 70.2],
];

async function align(frame: ImgFrame, detections: ImgDetections): Promise<ImgFrame[]> {
  await using pipeline = new Pipeline();
  const frames = pipeline.create(Emit<ImgFrame>, [frame]).out;
  const node = pipeline.create(Align).build(frames, pipeline.create(Emit<ImgDetections>, [detections]).out);
  const queue = node.out.createOutputQueue(8, true);
  await pipeline.start();
  return await collect(queue);
}

test("faces found in a frame are aligned out of it as alignFace does, with the way back", async () => {
  const frame = ImgFrame.fromImage(noise, { timestamp: 40, sequenceNum: 1 });
  const face = toImgDetection({ box: [20, 20, 90, 90], score: 0.9, landmarks }, 120, 100);
  const [crop] = await align(frame, new ImgDetections([face], { timestamp: 41, sequenceNum: 1 }));
  expect(crop!.getImage()).toEqual(alignFace(noise, landmarks));
  expect([crop!.getTimestamp(), crop!.getSequenceNum()]).toEqual([41, 1]);
  const toCrop = homographyOf(estimateSimilarity(landmarks, arcfaceTemplate(112)));
  expect(crop!.getTransformation().getMatrix()).toBeCloseToTensor(toCrop, { atol: 1e-9 });
});

test("faces found in a smaller, letterboxed frame are aligned out of the large one", async () => {
  const full = ImgFrame.fromImage(noise);
  const small = manipulate(full, letterbox);
  const inSmall = landmarks.map(([x, y]) => {
    const point = small.getTransformation().transformPoint({ x, y });
    return [point.x, point.y] as const;
  }) as unknown as Landmarks;
  const face = toImgDetection({ box: [10, 15, 45, 50], score: 0.9, landmarks: inSmall }, 60, 60);
  const [crop] = await align(full, new ImgDetections([face], {}, small.getTransformation()));
  // Positions are rounded to 1/32 px: rounding of the way there and back may choose the neighbour on noise.
  expect(crop!.getImage().data).toBeCloseToTensor(alignFace(noise, landmarks).data, { atol: 8 });
});

test("detections without five keypoints end the pipeline; five that are one point are cut out by their box", async () => {
  const frame = ramps(0);
  await expect(align(frame, found(0, box(10, 10, 40, 40)))).rejects.toThrow(
    "Align 1: detections: expected five keypoints of each, got 0",
  );
  const stuck = box(40, 30, 61, 51).setKeypoints(Array(5).fill({ x: 0, y: 0 }));
  const [crop] = await align(frame, found(0, stuck));
  expect([crop!.getWidth(), ...middleOf(crop!)]).toBeCloseToTensor([112, 50, 40, 0], { atol: 0.6 });
});
