import { ArcfaceError, expected } from "../errors.ts";
import type { Session, SessionOptions } from "./host.ts";
import { cannotLoad, checkModelBytes, wrapSession } from "./ort.ts";

/** ONNX Runtime's levels: 3 is errors only, so that nothing but what we throw reaches people. */
const LOG_ERRORS = 3;

/** In Node there is a choice of what computes. */
export type NodeSessionOptions = SessionOptions & {
  /** Default `cpu`. `cuda` needs the CUDA build of onnxruntime-node's libraries and a graphics card of NVIDIA's. */
  readonly provider?: "cpu" | "cuda";
};

/**
 * A session on onnxruntime-node, on the processor unless told otherwise. The runtime is loaded at the first call.
 *
 * @param model a whole ONNX file.
 * @param name what errors call it.
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where the runtime cannot load the model (its words are the cause),
 * MISSING_TOOL where onnxruntime-node itself cannot be loaded, or has no CUDA.
 */
export async function createSession(
  model: Uint8Array,
  name: string,
  { threads = 1, memoryPattern = true, provider = "cpu" }: NodeSessionOptions = {},
): Promise<Session> {
  if (!Number.isInteger(threads) || threads < 1)
    throw expected(`${name}: threads`, "a positive whole number", `${threads}`);
  checkModelBytes(model, name);
  // The runtime would report its use to its maker, and leave a log in the folder for temporary files.
  process.env.ORT_DISABLE_TELEMETRY ??= "1";
  const ort = await import("onnxruntime-node").catch((cause: unknown) => {
    throw new ArcfaceError("MISSING_TOOL", "onnxruntime-node: cannot be loaded on this machine", {
      cause,
      hint: "run npm install again; the package carries binaries for Linux, macOS and Windows on x64 and arm64",
    });
  });
  const session = await ort.InferenceSession.create(model, {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
    enableMemPattern: memoryPattern,
    logSeverityLevel: LOG_ERRORS,
  }).catch((cause: unknown) => {
    throw provider === "cuda" && /CUDA|ExecutionProvider/i.test(String(cause))
      ? noCuda(cause)
      : cannotLoad(name, cause);
  });
  try {
    return wrapSession(ort, session, name);
  } catch (error) {
    await session.release();
    throw error;
  }
}

function noCuda(cause: unknown): ArcfaceError {
  return new ArcfaceError(
    "MISSING_TOOL",
    "cuda: onnxruntime-node has no CUDA libraries here, or there is no NVIDIA card",
    {
      cause,
      hint: "npm rebuild onnxruntime-node --onnxruntime-node-install=cuda12 fetches them, on Linux x64",
    },
  );
}
