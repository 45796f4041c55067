/**
 * Pipelines by DepthAI's names, in Node: `new Pipeline()` runs on this machine; videos and cameras come through ffmpeg.
 *
 * @module
 */
export { type LiveAddresses, RemoteConnection, type RemoteConnectionOptions } from "./live/remote-connection.node.ts";
export { readArchiveFile } from "./nn-archive/read.node.ts";
export { createOakDevice, type OakDeviceOptions } from "./oak/create-oak-device.node.ts";
export { createDevice, type DeviceOptions } from "./pipeline/device.node.ts";
export type { DescribeDetection, MarkText } from "./pipeline/nodes/marks-of.ts";
export { VideoWriter, type VideoWriterNodeOptions } from "./pipeline/nodes/video-writer.node.ts";
export { Pipeline } from "./pipeline/pipeline.node.ts";
export { recordToFile, replayFromFile } from "./pipeline/record-file.node.ts";
export * from "./pipeline.ts";
export { NNModelDescription } from "./zoo/description.node.ts";
export { downloadModelsFromZoo } from "./zoo/hub/download-models.node.ts";
export { type GetModelOptions, getModelFromZoo } from "./zoo/hub/get-model.node.ts";
