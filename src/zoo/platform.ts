import { expected } from "../errors.ts";

/** Where a model is to run: Luxonis devices by their names, and what ONNX Runtime runs on. */
export const PLATFORMS = ["RVC2", "RVC4", "cpu", "webgpu", "wasm", "cuda"] as const;
export type Platform = (typeof PLATFORMS)[number];

/** Those that run ONNX; the Luxonis devices run files that were converted for them. */
export const ONNX_PLATFORMS: readonly Platform[] = ["cpu", "webgpu", "wasm", "cuda"];

/** In any case: `rvc2` is RVC2. @throws {ArcfaceError} INVALID_ARGUMENT */
export function parsePlatform(text: string): Platform {
  const platform = PLATFORMS.find((known) => known.toLowerCase() === text.toLowerCase());
  if (!platform) throw expected("platform", `one of ${PLATFORMS.join(", ")}`, JSON.stringify(text));
  return platform;
}
