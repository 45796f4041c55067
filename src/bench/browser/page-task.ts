import type { DType } from "../../tensor/tensor.ts";

/** What the page is told: it fetches the network from `model.onnx` and each input from `feeds/INDEX`. */
export type PageTask = {
  readonly name: string;
  readonly platform: "wasm" | "webgpu";
  readonly threads: number;
  readonly feeds: readonly { readonly name: string; readonly dtype: DType; readonly shape: readonly number[] }[];
  readonly warmUpSeconds: number;
  readonly seconds: number;
  readonly repetitions: number;
};

/** What the page says, in this order; after `result`, `error` or `missing` nothing more. */
export type PageAnswer =
  | { readonly type: "warm"; readonly loadMs: number; readonly firstInferenceMs: number }
  | { readonly type: "repetition"; readonly ms: number; readonly latencies: readonly number[] }
  | { readonly type: "result"; readonly device: GpuDevice | null }
  | { readonly type: "missing"; readonly what: "adapter" | "webgpu" }
  | { readonly type: "error"; readonly message: string };

/** A graphics card as WebGPU describes it. */
export type GpuDevice = {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  readonly isFallback: boolean;
};

/** For people; a processor that plays a graphics card is called that. */
export function deviceName({ vendor, architecture, description, isFallback }: GpuDevice): string {
  const name = description || [vendor, architecture].filter((part) => part !== "").join(" ") || "unnamed";
  const plays = isFallback || /swiftshader|llvmpipe|lavapipe/i.test(`${architecture} ${description}`);
  return plays ? `${name} (software on the processor, no graphics card)` : name;
}
