/**
 * Pipelines by DepthAI's names, in a browser: `new Pipeline()` runs in the page, with the person's camera and the networks
 * of the page's own server.
 *
 * @module
 */
export { serveSessions } from "./host/worker/serve-sessions.web.ts";
export { createDevice, type WebDeviceOptions } from "./pipeline/device.web.ts";
export { Pipeline } from "./pipeline/pipeline.web.ts";
export * from "./pipeline.ts";
