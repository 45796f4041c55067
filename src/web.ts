/**
 * arcface in a browser: everything of `arcface-ts`, and what needs its decoders, its cameras and ONNX Runtime for the web.
 * Models come from the page's own server: `arcface models copy DIR` makes the folder that it serves.
 *
 * @module
 */
export { createWebHost } from "./host/host.web.ts";
export type { ExecutionProvider } from "./host/runtime-files.ts";
export type { RuntimeOptions } from "./host/session.web.ts";
export { serveSessions } from "./host/worker/serve-sessions.web.ts";
export * from "./index.ts";
export {
  loadDetector,
  loadEmbedder,
  loadRecognizer,
  openWebParts,
  type WebDetectorChoice,
  type WebModelChoice,
  type WebOptions,
  type WebParts,
} from "./recognize/compose.web.ts";
export { type CameraOptions, listCameras, openCamera } from "./video/camera.web.ts";
export type { FitOptions, ResizeMode } from "./video/fit-frame.ts";
export type { FrameStream, VideoFrame } from "./video/frame-stream.ts";
export { openVideo, type WebVideoOptions } from "./video/open-video.web.ts";
export {
  type FolderModel,
  type ModelFolder,
  type ModelFolderOptions,
  type ModelProgress,
  openModelFolder,
} from "./zoo/web/model-folder.web.ts";
