/**
 * arcface in Node: everything of `arcface-ts`, and what needs files, the npm registry and native code.
 *
 * @module
 */
export { openGallery } from "./gallery/open-gallery.node.ts";
export { createNodeHost } from "./host/host.node.ts";
export * from "./index.ts";
export {
  loadDetector,
  loadEmbedder,
  loadRecognizer,
  type ModelChoice,
  type NodeOptions,
  openNodeZoo,
} from "./recognize/compose.node.ts";
export type { ZooProgress } from "./zoo/context.node.ts";
export type { Zoo } from "./zoo/open-zoo.node.ts";
