/** The page that measures: served by serve-page.node.ts, beside ONNX Runtime's files. */
import type { GpuDevice, PageAnswer, PageTask } from "./page-task.ts";

type Ort = typeof import("onnxruntime-web/wasm");

type Adapter = { info?: { vendor: string; architecture: string; description: string; isFallbackAdapter?: boolean } };
type Gpu = { requestAdapter(options?: object): Promise<Adapter | null> };

/** As `DATA_ARRAYS`: the page is this one script, served as it is compiled, and imports nothing of ours. */
const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const;

const bytesOf = async (address: string): Promise<ArrayBuffer> => (await fetch(address)).arrayBuffer();

async function say(answer: PageAnswer): Promise<void> {
  await fetch("say", { method: "POST", body: JSON.stringify(answer) });
}

/** The graphics card; null on the processor. */
async function openDevice(platform: PageTask["platform"]): Promise<GpuDevice | null | "adapter" | "webgpu"> {
  if (platform === "wasm") return null;
  const { gpu } = navigator as Navigator & { gpu?: Gpu };
  if (!gpu) return "webgpu";
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" }).catch(() => null);
  if (!adapter) return "adapter";
  const { vendor = "", architecture = "", description = "", isFallbackAdapter = false } = adapter.info ?? {};
  return { vendor, architecture, description, isFallback: isFallbackAdapter };
}

async function run(): Promise<void> {
  const task = (await (await fetch("task.json")).json()) as PageTask;
  const device = await openDevice(task.platform);
  if (typeof device === "string") return say({ type: "missing", what: device });
  const ort = (await import(
    new URL(`ort/ort.${task.platform}.min.mjs`, globalThis.location.href).href
  )) as unknown as Ort;
  ort.env.logLevel = "error";
  ort.env.wasm.numThreads = task.threads;
  ort.env.wasm.wasmPaths = new URL("ort/", globalThis.location.href).href;
  const model = new Uint8Array(await bytesOf("model.onnx"));
  const feeds: Record<string, InstanceType<Ort["Tensor"]>> = {};
  for (const [i, { name, dtype, shape }] of task.feeds.entries())
    feeds[name] = new ort.Tensor(dtype, new ARRAYS[dtype](await bytesOf(`feeds/${i}`)) as never, [...shape]);

  const start = performance.now();
  const session = await ort.InferenceSession.create(model, {
    executionProviders: [task.platform],
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
  });
  const loaded = performance.now();
  await session.run(feeds);
  const first = performance.now();

  const replay = async (seconds: number): Promise<{ ms: number; latencies: number[] }> => {
    const latencies: number[] = [];
    const began = performance.now();
    let last = began;
    while (last - began < 1000 * seconds) {
      await session.run(feeds);
      const now = performance.now();
      latencies.push(now - last);
      last = now;
    }
    return { ms: last - began, latencies };
  };
  await replay(task.warmUpSeconds);
  await say({ type: "warm", loadMs: loaded - start, firstInferenceMs: first - loaded });
  for (let i = 0; i < task.repetitions; i++) await say({ type: "repetition", ...(await replay(task.seconds)) });
  await say({ type: "result", device });
}

run().catch((error: unknown) => say({ type: "error", message: error instanceof Error ? error.message : `${error}` }));
