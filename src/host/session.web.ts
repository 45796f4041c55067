import { ArcfaceError, expected } from "../errors.ts";
import { fetchBytes } from "./fetch.web.ts";
import type { Host, Session } from "./host.ts";
import { nextMacrotask } from "./macrotask.ts";
import { cannotLoad, checkModelBytes, wrapSession } from "./ort.ts";
import { type ExecutionProvider, RUNTIME_FILES } from "./runtime-files.ts";

export type RuntimeOptions = {
  /** Default `wasm`. */
  readonly executionProvider?: ExecutionProvider;
  /**
   * The folder of ONNX Runtime's .wasm and .mjs files, an address from the page on. Default `/models/ort/`, where
   * `arcface models copy` puts them.
   */
  readonly wasmPaths?: string;
  /** Reads those files instead, by name. */
  readonly readRuntime?: (file: string) => Promise<Uint8Array>;
  /**
   * Threads within one run of a network, for all networks of the page. More than one need a page that is
   * cross-origin isolated. Default: half the processors, 4 at the most; 1 where the page is not isolated.
   */
  readonly threads?: number;
  /**
   * Where networks run in place of the page: a worker whose module calls serveSessions. A page that shows moving pictures
   * meanwhile goes on drawing.
   */
  readonly worker?: () => Worker;
};

/** Where `arcface models copy` puts ONNX Runtime's files. */
export const DEFAULT_WASM_PATHS = "/models/ort/";

type Ort = typeof import("onnxruntime-web/wasm");

/** More make small networks slower. */
const MAX_DEFAULT_THREADS = 4;

/**
 * Sessions on onnxruntime-web, which is loaded at the first call. Networks run one at a time.
 *
 * What is returned throws UNSUPPORTED_FORMAT where the runtime cannot load the model; MISSING_TOOL where the browser
 * lacks WebGPU, or the runtime cannot be started; INVALID_ARGUMENT where there can be no threads; and as fetchBytes where
 * the runtime's files cannot be read. SessionOptions.threads says nothing here: threads are the page's.
 */
export function createSessions(options: RuntimeOptions = {}): Host["createSession"] {
  const { executionProvider = "wasm" } = options;
  if (!Object.hasOwn(RUNTIME_FILES, executionProvider))
    throw expected("executionProvider", Object.keys(RUNTIME_FILES).join(" or "), `${executionProvider}`);
  const threads = chooseThreads(options.threads);
  let starting: Promise<Ort> | null = null;
  const runtime = () => {
    starting ??= startRuntime(options, executionProvider, threads).catch((error) => {
      starting = null; // the network may be back at the next try
      throw error;
    });
    return starting;
  };
  const oneAtATime = createTurns();

  return async (model, name): Promise<Session> => {
    checkModelBytes(model, name);
    const ort = await runtime();
    const session = await oneAtATime(() =>
      ort.InferenceSession.create(model, {
        executionProviders: executionProvider === "wasm" ? ["wasm"] : ["webgpu", "wasm"],
        graphOptimizationLevel: "all",
        logSeverityLevel: 3,
      }),
    ).catch((cause: unknown) => {
      throw cannotLoad(name, cause);
    });
    try {
      return takingTurns(wrapSession(ort, session, name), oneAtATime);
    } catch (error) {
      await session.release();
      throw error;
    }
  };
}

async function startRuntime(
  { wasmPaths = DEFAULT_WASM_PATHS, readRuntime }: RuntimeOptions,
  provider: ExecutionProvider,
  threads: number,
): Promise<Ort> {
  if (provider === "webgpu") await demandWebGpu();
  const files = RUNTIME_FILES[provider];
  const folder = new URL(wasmPaths.endsWith("/") ? wasmPaths : `${wasmPaths}/`, globalThis.location.href);
  const read = readRuntime ?? ((file: string) => fetchBytes(new URL(file, folder).href));
  const ort: Ort = await (provider === "wasm" ? import("onnxruntime-web/wasm") : import("onnxruntime-web/webgpu"));
  const { wasm } = ort.env;
  ort.env.logLevel = "error";
  wasm.numThreads = threads;
  // Read by ourselves, so that a file that is missing is said to be, and the runtime, which starts once a page, is
  // not spoilt by a failed start.
  wasm.wasmBinary ??= await read(files.wasm).catch((cause: ArcfaceError) => {
    throw withHint(cause);
  });
  // Threads are workers that load this file; the one within the bundle would have them load the whole page's script.
  if (threads > 1)
    wasm.wasmPaths ??= { mjs: readRuntime ? await blobUrl(read, files.mjs) : new URL(files.mjs, folder).href };
  return ort;
}

function withHint({ code, message, cause }: ArcfaceError): ArcfaceError {
  const hint = "`arcface models copy DIR` puts ONNX Runtime's files beside the models; wasmPaths names another folder";
  return new ArcfaceError(code, message, { hint, cause });
}

async function blobUrl(read: (file: string) => Promise<Uint8Array>, file: string): Promise<string> {
  return URL.createObjectURL(new Blob([(await read(file)) as Uint8Array<ArrayBuffer>], { type: "text/javascript" }));
}

function chooseThreads(threads: number | undefined): number {
  const isolated = globalThis.crossOriginIsolated === true;
  const half = Math.floor((globalThis.navigator?.hardwareConcurrency ?? 1) / 2);
  if (threads === undefined) return isolated ? Math.max(1, Math.min(MAX_DEFAULT_THREADS, half)) : 1;
  if (!Number.isInteger(threads) || threads < 1) throw expected("threads", "a positive whole number", `${threads}`);
  if (threads === 1 || isolated) return threads;
  throw expected(
    "threads",
    "1 on a page that is not cross-origin isolated",
    `${threads}`,
    "serve the page with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp",
  );
}

/** The library's DOM types know no WebGPU. */
type Gpu = { requestAdapter(): Promise<object | null> };

async function demandWebGpu(): Promise<void> {
  const { gpu } = globalThis.navigator as Navigator & { gpu?: Gpu };
  if (await gpu?.requestAdapter().catch(() => null)) return;
  throw new ArcfaceError("MISSING_TOOL", `webgpu: this browser ${gpu ? "has no graphics card for it" : "lacks it"}`, {
    hint: 'executionProvider: "wasm" runs everywhere',
  });
}

type Turns = <T>(run: () => Promise<T>) => Promise<T>;

/**
 * One after the other, whatever becomes of each. The runtime's WebGPU backend refuses a run during another; on the processor
 * a run is one long step of this thread, after which a page gets to draw and to listen before the next.
 */
function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const turn = last.then(() => run());
    last = turn.catch(() => {}).then(nextMacrotask);
    return turn;
  };
}

/** Disposing takes its turn too: behind the runs that were asked for before. */
function takingTurns(session: Session, turns: Turns): Session {
  return {
    inputs: session.inputs,
    outputs: session.outputs,
    run: (feeds, into) => turns(() => session.run(feeds, into)),
    [Symbol.asyncDispose]: () => turns(async () => session[Symbol.asyncDispose]()),
  };
}
