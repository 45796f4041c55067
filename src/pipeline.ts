/**
 * Pipelines by DepthAI's names: nodes, the messages between them, and what runs them. The part that runs anywhere;
 * `arcface-ts/pipeline` adds what the machine or the browser has.
 *
 * @module
 */
export { ArcfaceError, type ErrorCode } from "./errors.ts";
export { NNArchive } from "./nn-archive/nn-archive.ts";
export { type Clock, systemClock } from "./pipeline/clock.ts";
export type { CameraRequest, Device, DeviceNetwork, NetworkOptions, VideoRequest } from "./pipeline/device.ts";
export { formatPipelineState } from "./pipeline/format-state.ts";
export { HostNode, type HostNodeAnswer } from "./pipeline/host-node.ts";
export type { Input, InputOptions } from "./pipeline/input.ts";
export { createLocalDevice, type LocalDeviceOptions } from "./pipeline/local-device.ts";
export { toMermaid } from "./pipeline/mermaid.ts";
export type { MessageCodec } from "./pipeline/message-codecs.ts";
export { MessageQueue, type QueueOptions } from "./pipeline/message-queue.ts";
export { type BenchmarkFigures, BenchmarkReport } from "./pipeline/messages/benchmark-report.ts";
export { Buffer, type MessageType, type Stamps } from "./pipeline/messages/buffer.ts";
export { Classifications } from "./pipeline/messages/classifications.ts";
export { FaceTracks } from "./pipeline/messages/face-tracks.ts";
export { GatheredData } from "./pipeline/messages/gathered-data.ts";
export { ImageManipConfig, type ManipOp, type ResizeMode } from "./pipeline/messages/image-manip-config.ts";
export { ImgDetection, type ImgDetectionFields, type Keypoint } from "./pipeline/messages/img-detection.ts";
export { ImgDetections, toImgDetection } from "./pipeline/messages/img-detections.ts";
export { type CvFrame, type FromImageOptions, ImgFrame, type ImgFrameFields } from "./pipeline/messages/img-frame.ts";
export { ImgFrameType, type ImgFrameTypeName } from "./pipeline/messages/img-frame-type.ts";
export { ImgTransformation, type Point2f } from "./pipeline/messages/img-transformation.ts";
export { JsonEvent } from "./pipeline/messages/json-event.ts";
export { Keypoints } from "./pipeline/messages/keypoints.ts";
export { MessageGroup } from "./pipeline/messages/message-group.ts";
export { NNData, type NNDataOptions } from "./pipeline/messages/nn-data.ts";
export { Predictions } from "./pipeline/messages/predictions.ts";
export { RotatedRect, type Size2f } from "./pipeline/messages/rotated-rect.ts";
export { StorageOrder, TensorDataType, TensorInfo, type TensorInfoOptions } from "./pipeline/messages/tensor-info.ts";
export { type Rect, type TrackingStatus, type Tracklet, Tracklets } from "./pipeline/messages/tracklets.ts";
export { Node } from "./pipeline/node.ts";
export { Align, type AlignNodeOptions } from "./pipeline/nodes/align.ts";
export { BenchmarkIn } from "./pipeline/nodes/benchmark-in.ts";
export { BenchmarkOut } from "./pipeline/nodes/benchmark-out.ts";
export { Camera, type CameraOptions } from "./pipeline/nodes/camera.ts";
export { FaceDetection, type FaceDetectionOptions } from "./pipeline/nodes/face-detection.ts";
export { FaceEmbedding, type FaceEmbeddingOptions } from "./pipeline/nodes/face-embedding.ts";
export { FrameCropper, type FrameCropperOptions } from "./pipeline/nodes/frame-cropper.ts";
export type { FrameInput, FrameInputOptions } from "./pipeline/nodes/frame-input.ts";
export type { CameraResizeMode, FrameSize, FrameSource } from "./pipeline/nodes/frame-source.ts";
export { GatherData } from "./pipeline/nodes/gather-data.ts";
export { Identification, type IdentificationOptions, type LabelledEvent } from "./pipeline/nodes/identification.ts";
export {
  type GatheredEmbeddings,
  IdentificationNode,
  type IdentificationNodeOptions,
} from "./pipeline/nodes/identification-node.ts";
export { ImageManip } from "./pipeline/nodes/image-manip.ts";
export { NeuralNetwork } from "./pipeline/nodes/neural-network.ts";
export { ObjectTracker, type ObjectTrackerOptions } from "./pipeline/nodes/object-tracker.ts";
export { BaseParser } from "./pipeline/nodes/parsers/base-parser.ts";
export { BlazeFaceParser } from "./pipeline/nodes/parsers/blazeface-parser.ts";
export { ClassificationParser } from "./pipeline/nodes/parsers/classification-parser.ts";
export { EmbeddingsParser } from "./pipeline/nodes/parsers/embeddings-parser.ts";
export type { HeadConfig } from "./pipeline/nodes/parsers/head-config.ts";
export { KeypointParser } from "./pipeline/nodes/parsers/keypoint-parser.ts";
export { Landmarks68Parser } from "./pipeline/nodes/parsers/landmarks-68-parser.ts";
export type { ParserClass } from "./pipeline/nodes/parsers/registry.ts";
export { RegressionParser } from "./pipeline/nodes/parsers/regression-parser.ts";
export { SCRFDParser } from "./pipeline/nodes/parsers/scrfd-parser.ts";
export { UltraFaceParser } from "./pipeline/nodes/parsers/ultraface-parser.ts";
export { YuNetParser } from "./pipeline/nodes/parsers/yunet-parser.ts";
export { ParsingNeuralNetwork, type ParsingNeuralNetworkOptions } from "./pipeline/nodes/parsing-neural-network.ts";
export { ReplayVideo } from "./pipeline/nodes/replay-video.ts";
export { Sync } from "./pipeline/nodes/sync.ts";
export type { Output, OutputOptions } from "./pipeline/output.ts";
export { Pipeline, type PipelineOptions } from "./pipeline/pipeline.ts";
export type { PipelineSchema } from "./pipeline/pipeline-schema.ts";
export { findBottleneck, type InputState, type NodeState, type OutputState } from "./pipeline/pipeline-state.ts";
export { QueueException } from "./pipeline/queue-exception.ts";
export type { Summary } from "./pipeline/recent.ts";
export type { RecordOptions } from "./pipeline/record.ts";
export { inspectRecording, type RecordingSummary } from "./pipeline/record-entries.ts";
export type { ByteSink } from "./pipeline/record-format.ts";
export type { ReplayOptions } from "./pipeline/replay.ts";
export type { ModelChoice } from "./pipeline/resolve-archive.ts";
export { ThreadedHostNode } from "./pipeline/threaded-host-node.ts";
export type { NodeActivity, NodeTrace } from "./pipeline/tracer.ts";
export { createVirtualClock, type VirtualClock } from "./pipeline/virtual-clock.ts";
export { KeptPeople } from "./reidentify/kept-people.ts";
export { buildParity, type ParityOptions } from "./reidentify/parity.ts";
export { buildReidentify, type Reidentification, type ReidentifyOptions } from "./reidentify/reidentify.ts";
export type { PeopleOptions } from "./tracking/people.ts";
export type { PeopleState } from "./tracking/person.ts";
export type { Observation, Track, TrackState } from "./tracking/track.ts";
export type { TrackerOptions } from "./tracking/tracker.ts";
export type { PersonEvent } from "./tracking/visits.ts";
export { NNModelDescription } from "./zoo/description.ts";
