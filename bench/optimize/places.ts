import * as native from "onnxruntime-node";
import * as web from "onnxruntime-web";
import type { Session } from "../../src/host/host.ts";
import { wrapSession } from "../../src/host/ort.ts";

/** How ONNX Runtime lays images out: in blocks of channels, as it came (what processors without such kernels get), in WebAssembly. */
export type Place = "blocked" | "plain" | "wasm";

export async function openOn(place: Place, model: Uint8Array, name: string, threads: number): Promise<Session> {
  const options = { intraOpNumThreads: threads, interOpNumThreads: 1, logSeverityLevel: 3 } as const;
  if (place === "wasm") {
    web.env.wasm.numThreads = threads;
    return wrapSession(web, await web.InferenceSession.create(model, options), name);
  }
  const graphOptimizationLevel = place === "blocked" ? "all" : "extended";
  return wrapSession(native, await native.InferenceSession.create(model, { ...options, graphOptimizationLevel }), name);
}
