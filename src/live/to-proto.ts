import type { Buffer } from "../pipeline/messages/buffer.ts";
import type { ImgDetection } from "../pipeline/messages/img-detection.ts";
import type { ImgDetections } from "../pipeline/messages/img-detections.ts";
import type { ImgFrame } from "../pipeline/messages/img-frame.ts";
import { ImgFrameType } from "../pipeline/messages/img-frame-type.ts";
import type { ImgTransformation } from "../pipeline/messages/img-transformation.ts";
import type { RotatedRect } from "../pipeline/messages/rotated-rect.ts";
import type { Tracklet, Tracklets } from "../pipeline/messages/tracklets.ts";
import type { ImgAnnotations } from "./img-annotations.ts";
import type { Written } from "./wire/message-types.ts";
import { ENUMS } from "./wire/messages.ts";

/** A picture that was compressed, in place of its pixels. */
export function encodedFrame(
  frame: ImgFrame,
  jpeg: Uint8Array,
  quality: number,
): Written<"encoded_frame.EncodedFrame"> {
  return {
    ...stamps(frame),
    width: frame.getWidth(),
    height: frame.getHeight(),
    quality,
    profile: ENUMS["encoded_frame.Profile"].indexOf("JPEG"),
    type: ENUMS["encoded_frame.FrameType"].indexOf("I"),
    frameSize: jpeg.length,
    transformation: transformation(frame.getTransformation()),
    data: jpeg,
  };
}

export function imgFrame(frame: ImgFrame): Written<"img_frame.ImgFrame"> {
  const type = frame.getType();
  const [width, height, stride] = [frame.getWidth(), frame.getHeight(), frame.getStride()];
  const [sourceWidth, sourceHeight] = frame.getTransformation().getSourceSize();
  const isInterleaved = type === "RGB888i" || type === "BGR888i";
  const plane = isInterleaved ? 0 : stride * height;
  const third = type === "YUV420p" ? plane + plane / 4 : 2 * plane;
  const bytesPP = isInterleaved ? 3 : 1;
  const fb = { type: ImgFrameType[type], width, height, stride, bytesPP, p2Offset: plane, p3Offset: third };
  return {
    ...stamps(frame),
    fb,
    sourceFb: { ...fb, width: sourceWidth, height: sourceHeight },
    transformation: transformation(frame.getTransformation()),
    data: frame.getData(),
  };
}

export function imgDetections(message: ImgDetections): Written<"img_detections.ImgDetections"> {
  return {
    ...stamps(message),
    ...placed(message.getTransformation()),
    detections: message.detections.map(imgDetection),
  };
}

/** Those in view, as detections whose label's name says the number of the track: DepthAI has no form for tracks. */
export function tracklets(message: Tracklets): Written<"img_detections.ImgDetections"> {
  const inView = message.tracklets.filter(({ status }) => status === "NEW" || status === "TRACKED");
  return { ...stamps(message), ...placed(message.getTransformation()), detections: inView.map(tracklet) };
}

export function imgAnnotations(message: ImgAnnotations): Written<"image_annotations.ImageAnnotations"> {
  const types = ENUMS["image_annotations.PointsAnnotationType"];
  return {
    ...stamps(message),
    ...placed(message.getTransformation()),
    annotations: message.annotations.map(({ circles = [], points = [], texts = [] }) => ({
      circles: circles.map((circle) => ({ thickness: 1, ...circle })),
      points: points.map((each) => ({ thickness: 1, ...each, type: types.indexOf(each.type) })),
      texts: texts.map((text) => ({ fontSize: 12, ...text })),
    })),
  };
}

function imgDetection(detection: ImgDetection): Written<"img_detections.ImgDetection"> {
  const { label, labelName, confidence, xmin, ymin, xmax, ymax } = detection;
  const keypoints = detection.getKeypoints3f().map((imageCoordinates) => ({ imageCoordinates }));
  return {
    label,
    labelName,
    confidence,
    xmin,
    ymin,
    xmax,
    ymax,
    boundingBox: rotatedRect(detection.getBoundingBox()),
    ...(keypoints.length > 0 ? { keypoints: { keypoints } } : {}),
  };
}

function tracklet({ id, label, roi, srcImgDetection }: Tracklet): Written<"img_detections.ImgDetection"> {
  const { x, y, width, height } = roi;
  return {
    ...imgDetection(srcImgDetection.with({ xmin: x, ymin: y, xmax: x + width, ymax: y + height })),
    label,
    labelName: `${srcImgDetection.labelName} #${id}`.trim(),
  };
}

function rotatedRect({ center, size, angle }: RotatedRect): Written<"common.RotatedRect"> {
  return { center, size, angle };
}

function placed(value: ImgTransformation | null): { transformation?: Written<"common.ImgTransformation"> } {
  return value === null ? {} : { transformation: transformation(value) };
}

function transformation(value: ImgTransformation): Written<"common.ImgTransformation"> {
  const [width, height] = value.getSize();
  const [srcWidth, srcHeight] = value.getSourceSize();
  return {
    transformationMatrix: matrix(value.getMatrix()),
    sourceIntrinsicMatrix: matrix([1, 0, 0, 0, 1, 0, 0, 0, 1]), // of a camera that nobody calibrated
    srcWidth,
    srcHeight,
    width,
    height,
  };
}

function matrix([a, b, c, d, e, f, g, h, i]: readonly number[]): Written<"common.TransformationMatrix"> {
  return { arrays: [{ values: [a!, b!, c!] }, { values: [d!, e!, f!] }, { values: [g!, h!, i!] }] };
}

function stamps(message: Buffer) {
  return {
    sequenceNum: BigInt(message.getSequenceNum()),
    ts: timestamp(message.getTimestamp()),
    tsDevice: timestamp(message.getTimestampDevice()),
  };
}

function timestamp(milliseconds: number): Written<"common.Timestamp"> {
  const nanoseconds = BigInt(Math.round(milliseconds * 1000)) * 1000n; // microseconds: finer is not in a number of days
  return { sec: nanoseconds / 1_000_000_000n, nsec: nanoseconds % 1_000_000_000n };
}
