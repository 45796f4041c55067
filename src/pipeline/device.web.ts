import { openWebParts, type WebOptions } from "../recognize/compose.web.ts";
import { openCamera } from "../video/camera.web.ts";
import { openVideo } from "../video/open-video.web.ts";
import type { Device } from "./device.ts";
import { createLocalDevice } from "./local-device.ts";

export type WebDeviceOptions = Omit<WebOptions, "signal">;

/**
 * The browser as a device: networks come from the page's own server and run on ONNX Runtime for the web, cameras are the
 * person's, who is asked first. Videos are addresses that the page may read.
 */
export function createDevice(options: WebDeviceOptions = {}): Device {
  const { executionProvider = "wasm", threads } = options;
  return createLocalDevice({
    platform: executionProvider,
    deviceId: "browser",
    ...openWebParts(options),
    ...(threads !== undefined && { threads }),
    openVideo: (source, { realtime: _, ...request }, signal) => openVideo(source, { ...request, signal }),
    openCamera: (deviceId, request, signal) => openCamera({ ...request, deviceId, signal }),
  });
}
