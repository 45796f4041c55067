import { join } from "node:path";
import { createPlaceReader } from "../data/read-place.node.ts";
import type { TestSet } from "../data/test-set.ts";
import { ArcfaceError, expected, throwIfCancelled } from "../errors.ts";
import type { DetectorChoice, ModelChoice, NodeOptions } from "../recognize/compose.node.ts";
import type { Embedder } from "../recognize/embedder.ts";
import { cacheFolder } from "../zoo/cache/cache.node.ts";
import type { EmbedProgress } from "./embed-all.ts";
import { needsDetector } from "./embed-test-set.node.ts";
import type { Evaluation } from "./evaluation.ts";
import { checkSearch } from "./identify-probes.ts";
import { measureSet } from "./measure-set.node.ts";
import { openPictureEmbedder, type PictureEmbedder, pictureEmbedderOf } from "./picture-embedder.node.ts";
import {
  PROTOCOL_OPTIONS,
  type Protocol,
  type ProtocolName,
  type ProtocolOptions,
  protocolOf,
} from "./protocols.node.ts";
import { checkPairs } from "./verify-pairs.ts";

export type MeasureOptions = {
  /** Sum the embeddings of a picture and its mirror image, as the field's protocols do. Default true. */
  readonly flip?: boolean;
  /** Pictures under way at once. Default: two a thread. */
  readonly concurrency?: number;
  /**
   * Where embeddings are kept, so that a run that was cut off goes on where it was, and another protocol or model costs only
   * what is new; `null` keeps none. Default: `embeddings/` in the model cache.
   */
  readonly cacheDir?: string | null;
  /** The command line, for the evaluation to tell. */
  readonly command?: string;
  readonly onProgress?: (progress: EmbedProgress) => void;
  readonly signal?: AbortSignal;
};

export type EvaluateOptions = MeasureOptions &
  ProtocolOptions & {
    /** Which networks, and where they come from. Default: those of loadRecognizer. */
    readonly networks?: NodeOptions & ModelChoice & DetectorChoice;
    /** Threads that embed side by side. Default: as many as there are cores, 8 at most. */
    readonly workers?: number;
  };

export type Evaluated = {
  readonly evaluation: Evaluation;
  /** A picture's file, by its key. @throws {ArcfaceError} NOT_FOUND, IO. */
  readImage(key: string): Promise<Uint8Array>;
};

/**
 * Measure a recogniser, with a detector where the set needs one, by a protocol.
 *
 * @param data what the protocol reads: see PROTOCOLS.
 * @throws {ArcfaceError} INVALID_ARGUMENT where there is no such protocol, or the set cannot be measured, before anything is
 *   embedded; as the protocol's loader, loadRecognizer and embedTestSet.
 */
export async function evaluate(name: ProtocolName, data: string, options: EvaluateOptions = {}): Promise<Evaluated> {
  const protocol = protocolOf(name);
  const set = await loadSet(protocol, data, options);
  const { networks = {}, workers, signal } = options;
  await using source = await openPictureEmbedder({
    ...networks,
    withDetector: set.images.some(({ face }) => needsDetector(face)),
    ...(workers !== undefined && { workers }),
    ...(signal && { signal }),
  });
  return await measured(name, protocol, set, source, options);
}

/** LFW's view 2 on crops that are aligned already, with a recogniser that is open. `data` serves for pairs.txt. */
export async function evaluateLfwAligned(
  embedder: Embedder,
  data: string,
  aligned: string,
  options: MeasureOptions = {},
): Promise<Evaluation> {
  const protocol = protocolOf("lfw");
  const all = { ...options, aligned };
  const { evaluation } = await measured(
    "lfw",
    protocol,
    await loadSet(protocol, data, all),
    pictureEmbedderOf(embedder),
    all,
  );
  return evaluation;
}

/** Read a set, and refuse at once what would fail at the end, an hour later. */
async function loadSet(protocol: Protocol, data: string, options: ProtocolOptions & { signal?: AbortSignal }) {
  throwIfCancelled(options.signal, protocol.title);
  const foreign = PROTOCOL_OPTIONS.find(
    (option) => options[option] !== undefined && !protocol.options.includes(option),
  );
  if (foreign !== undefined)
    throw expected(protocol.title, `only options of its own (${protocol.options.join(", ")})`, foreign);
  const set = await protocol.load(data, options);
  if (set.pairs) checkPairs(set.name, set.pairs, set.templates.length);
  if (set.search) checkSearch(set.name, set.search);
  return set;
}

async function measured(
  name: string,
  protocol: Protocol,
  set: TestSet,
  source: PictureEmbedder,
  options: MeasureOptions & ProtocolOptions,
): Promise<Evaluated> {
  const { cacheDir = join(cacheFolder(), "embeddings") } = options;
  const evaluation = await measureSet(name, protocol, set, source, { ...options, cacheDir });
  const places = new Map(set.images.map(({ key, place }) => [key, place]));
  return {
    evaluation,
    async readImage(key) {
      const place = places.get(key);
      if (!place) throw new ArcfaceError("NOT_FOUND", `${set.name}: no picture ${key}`);
      await using reader = createPlaceReader();
      return (await reader.read(place)).bytes;
    },
  };
}
