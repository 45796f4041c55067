import type { FaceDetector } from "../detect/face-detector.ts";
import type { Host } from "../host/host.ts";
import { createWebHost } from "../host/host.web.ts";
import type { ExecutionProvider } from "../host/runtime-files.ts";
import type { RuntimeOptions } from "../host/session.web.ts";
import type { Card } from "../zoo/cards/card.ts";
import { type ModelFolder, type ModelFolderOptions, openModelFolder } from "../zoo/web/model-folder.web.ts";
import { runtimeFileName } from "../zoo/web/runtime-names.ts";
import type { Embedder } from "./embedder.ts";
import {
  DEFAULT_DETECTOR,
  DEFAULT_RECOGNIZER,
  type LoadParts,
  loadDetectorFrom,
  loadEmbedderFrom,
  loadRecognizerFrom,
  type ModelSource,
} from "./load.ts";
import type { Recognizer } from "./recognizer.ts";

/** Where networks come from and how they run; every field may be left out. */
export type WebOptions = Omit<ModelFolderOptions, "platform"> &
  Pick<RuntimeOptions, "wasmPaths" | "threads" | "worker"> & {
    /**
     * The folder that `arcface models copy` made, an address from the page on; or another source of models, which then
     * says nothing of ONNX Runtime's files: see `wasmPaths`. Default `/models/`.
     */
    readonly models?: string | ModelSource;
    /** Default `wasm`. */
    readonly executionProvider?: ExecutionProvider;
    /** One that was made before, shared with others; then `wasmPaths`, `threads`, `worker` and `executionProvider` say nothing. */
    readonly host?: Host;
    readonly signal?: AbortSignal;
  };

/** A network by its slug, or by its card. */
export type WebModelChoice = { readonly model?: string | Card };

export type WebDetectorChoice = { readonly detector?: string | Card };

/** Models and a host, as a page has them. */
export type WebParts = { readonly host: Host; readonly models: ModelSource };

/**
 * What everything in a browser is loaded from. ONNX Runtime's files come out of the folder of models, checked and kept as
 * these are, unless `wasmPaths` names another place.
 */
export function openWebParts(options: WebOptions = {}): WebParts {
  const { models = "/models/", executionProvider = "wasm", host, wasmPaths, threads, worker } = options;
  const folder =
    typeof models === "string" ? openModelFolder(models, { ...options, platform: executionProvider }) : null;
  const runtime: RuntimeOptions = {
    executionProvider,
    ...(threads !== undefined && { threads }),
    ...(worker && { worker }),
    ...(wasmPaths !== undefined ? { wasmPaths } : folder && { readRuntime: runtimeOf(folder) }),
  };
  return { host: host ?? createWebHost(runtime), models: folder ?? (models as ModelSource) };
}

function runtimeOf(folder: ModelFolder): (file: string) => Promise<Uint8Array> {
  return (file) => folder.file(runtimeFileName(file));
}

/**
 * A recogniser with its detector. What the browser does not keep yet is fetched from the page's own server.
 *
 * @throws {ArcfaceError} as ModelFolder.ensure and createSessions.
 */
export async function loadRecognizer(
  options: WebOptions & WebModelChoice & WebDetectorChoice = {},
): Promise<Recognizer> {
  const { model = DEFAULT_RECOGNIZER, detector = DEFAULT_DETECTOR } = options;
  return loadRecognizerFrom(loadParts(options), model, detector);
}

/** A detector alone. @throws {ArcfaceError} as loadRecognizer. */
export async function loadDetector(options: WebOptions & WebModelChoice = {}): Promise<FaceDetector> {
  return loadDetectorFrom(loadParts(options), options.model ?? DEFAULT_DETECTOR);
}

/** A recognition network alone, for crops that are aligned already. @throws {ArcfaceError} as loadRecognizer. */
export async function loadEmbedder(options: WebOptions & WebModelChoice = {}): Promise<Embedder> {
  return loadEmbedderFrom(loadParts(options), options.model ?? DEFAULT_RECOGNIZER);
}

function loadParts(options: WebOptions): LoadParts {
  return { ...openWebParts(options), ...(options.signal && { signal: options.signal }) };
}
