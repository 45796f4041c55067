/** What runs where: the platforms' names are those of models/platform. */
const PLATFORMS_OF = {
  BLOB: ["RVC2"],
  SUPERBLOB: ["RVC2"],
  DLC: ["RVC4"],
  NNARCHIVE: [],
  /** ONNX, mostly. */
  OTHER: ["cpu", "webgpu", "wasm", "cuda"],
} as const;

/** DepthAI's kinds of model files. */
export type ModelType = keyof typeof PLATFORMS_OF;
export type ArchivePlatform = (typeof PLATFORMS_OF)[ModelType][number];

/** By the end of its name, as DepthAI does; in any case. */
export function modelTypeOf(path: string): ModelType {
  const name = path.toLowerCase();
  if (name.endsWith(".blob")) return "BLOB";
  if (name.endsWith(".superblob")) return "SUPERBLOB";
  if (name.endsWith(".dlc")) return "DLC";
  return /\.tar(\.[a-z0-9]+)?$/.test(name) ? "NNARCHIVE" : "OTHER";
}

export function platformsOf(type: ModelType): readonly ArchivePlatform[] {
  return PLATFORMS_OF[type];
}
