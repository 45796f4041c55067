/**
 * DepthAI's protobuf messages, as its visualizer reads them: package `dai.proto.<file>`, the numbers of the fields, and
 * their types, `[]` being a repeated one. Fields that only hardware fills (exposure, lens, extrinsics) are left out,
 * which protobuf allows: their numbers stay free. Everything that speaks or reads these messages is made from this table.
 *
 * Source: depthai-core protos/{common,EncodedFrame,ImgFrame,ImgDetections,ImageAnnotations}.proto.
 */
export const MESSAGES = {
  "common.Timestamp": { sec: [1, "int64"], nsec: [2, "int64"] },
  "common.FloatArray": { values: [1, "float[]"] },
  "common.TransformationMatrix": { arrays: [1, "common.FloatArray[]"] },
  "common.ImgTransformation": {
    transformationMatrix: [1, "common.TransformationMatrix"],
    sourceIntrinsicMatrix: [2, "common.TransformationMatrix"],
    srcWidth: [5, "uint32"],
    srcHeight: [6, "uint32"],
    width: [7, "uint32"],
    height: [8, "uint32"],
  },
  "common.Color": { r: [1, "float"], g: [2, "float"], b: [3, "float"], a: [4, "float"] },
  "common.Point2f": { x: [1, "float"], y: [2, "float"] },
  "common.Point3f": { x: [1, "float"], y: [2, "float"], z: [3, "float"] },
  "common.Size2f": { width: [1, "float"], height: [2, "float"] },
  "common.RotatedRect": {
    center: [1, "common.Point2f"],
    size: [2, "common.Size2f"],
    angle: [3, "float"],
  },
  "common.Keypoint": {
    imageCoordinates: [1, "common.Point3f"],
    confidence: [2, "float"],
    label: [3, "uint32"],
    labelName: [4, "string"],
  },
  "common.Edge": { src: [1, "uint32"], dst: [2, "uint32"] },
  "common.KeypointsList": { keypoints: [1, "common.Keypoint[]"], edges: [2, "common.Edge[]"] },

  "encoded_frame.EncodedFrame": {
    instanceNum: [2, "uint32"],
    width: [3, "uint32"],
    height: [4, "uint32"],
    quality: [5, "uint32"],
    bitrate: [6, "uint32"],
    profile: [7, "encoded_frame.Profile"],
    lossless: [8, "bool"],
    type: [9, "encoded_frame.FrameType"],
    frameOffset: [10, "uint32"],
    frameSize: [11, "uint32"],
    sequenceNum: [12, "int64"],
    ts: [13, "common.Timestamp"],
    tsDevice: [14, "common.Timestamp"],
    transformation: [15, "common.ImgTransformation"],
    data: [16, "bytes"],
  },

  "img_frame.Specs": {
    type: [1, "img_frame.Type"],
    width: [2, "uint32"],
    height: [3, "uint32"],
    stride: [4, "uint32"],
    bytesPP: [5, "uint32"],
    p1Offset: [6, "uint32"],
    p2Offset: [7, "uint32"],
    p3Offset: [8, "uint32"],
  },
  "img_frame.ImgFrame": {
    ts: [1, "common.Timestamp"],
    tsDevice: [2, "common.Timestamp"],
    sequenceNum: [3, "int64"],
    fb: [4, "img_frame.Specs"],
    sourceFb: [5, "img_frame.Specs"],
    HFovDegrees: [7, "float"],
    instanceNum: [8, "uint32"],
    transformation: [9, "common.ImgTransformation"],
    category: [10, "uint32"],
    data: [11, "bytes"],
  },

  "img_detections.ImgDetection": {
    label: [1, "uint32"],
    confidence: [2, "float"],
    xmin: [3, "float"],
    ymin: [4, "float"],
    xmax: [5, "float"],
    ymax: [6, "float"],
    labelName: [7, "string"],
    boundingBox: [8, "common.RotatedRect"],
    keypoints: [9, "common.KeypointsList"],
  },
  "img_detections.ImgDetections": {
    sequenceNum: [1, "int64"],
    ts: [2, "common.Timestamp"],
    tsDevice: [3, "common.Timestamp"],
    detections: [4, "img_detections.ImgDetection[]"],
    transformation: [5, "common.ImgTransformation"],
    segmentationMaskWidth: [6, "int64"],
    segmentationMaskHeight: [7, "int64"],
    maskData: [8, "bytes"],
  },

  "image_annotations.CircleAnnotation": {
    position: [1, "common.Point2f"],
    diameter: [2, "float"],
    thickness: [3, "float"],
    fillColor: [4, "common.Color"],
    outlineColor: [5, "common.Color"],
  },
  "image_annotations.PointsAnnotation": {
    type: [1, "image_annotations.PointsAnnotationType"],
    points: [2, "common.Point2f[]"],
    outlineColor: [3, "common.Color"],
    outlineColors: [4, "common.Color[]"],
    fillColor: [5, "common.Color"],
    thickness: [6, "float"],
  },
  "image_annotations.TextAnnotation": {
    position: [1, "common.Point2f"],
    text: [2, "string"],
    fontSize: [3, "float"],
    textColor: [4, "common.Color"],
    backgroundColor: [5, "common.Color"],
  },
  "image_annotations.ImageAnnotation": {
    circles: [1, "image_annotations.CircleAnnotation[]"],
    points: [2, "image_annotations.PointsAnnotation[]"],
    texts: [3, "image_annotations.TextAnnotation[]"],
  },
  "image_annotations.ImageAnnotations": {
    sequenceNum: [1, "int64"],
    ts: [2, "common.Timestamp"],
    tsDevice: [3, "common.Timestamp"],
    annotations: [4, "image_annotations.ImageAnnotation[]"],
    transformation: [5, "common.ImgTransformation"],
  },
} as const;

/** The values of the enums, from 0 in this order. */
export const ENUMS = {
  "encoded_frame.Profile": ["JPEG", "AVC", "HEVC"],
  "encoded_frame.FrameType": ["I", "P", "B", "UNKNOWN"],
  // biome-ignore format: a table read by the row
  "img_frame.Type": [
    "YUV422i", "YUV444p", "YUV420p", "YUV422p", "YUV400p", "RGBA8888", "RGB161616", "RGB888p", "BGR888p", "RGB888i",
    "BGR888i", "LUT2", "LUT4", "LUT16", "RAW16", "RAW14", "RAW12", "RAW10", "RAW8", "PACK10", "PACK12", "YUV444i",
    "NV12", "NV21", "BITSTREAM", "HDR", "RGBF16F16F16p", "BGRF16F16F16p", "RGBF16F16F16i", "BGRF16F16F16i", "GRAY8",
    "GRAYF16", "RAW32", "NONE",
  ],
  "image_annotations.PointsAnnotationType": ["UNKNOWN", "POINTS", "LINE_LOOP", "LINE_STRIP", "LINE_LIST"],
} as const;

/** The files that DepthAI keeps them in, by package. */
export const FILES = {
  common: "common.proto",
  encoded_frame: "EncodedFrame.proto",
  img_frame: "ImgFrame.proto",
  img_detections: "ImgDetections.proto",
  image_annotations: "ImageAnnotations.proto",
} as const;

/** What precedes every name above on the wire. */
export const PACKAGE = "dai.proto.";
