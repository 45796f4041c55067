import { createHash } from "node:crypto";
import packageJson from "../../package.json" with { type: "json" };
import type { TestSet } from "../data/test-set.ts";
import { withEasier } from "./easier-figures.ts";
import type { EmbedProgress } from "./embed-all.ts";
import { embedTestSet } from "./embed-test-set.node.ts";
import { EVALUATION_FORMAT, type EvaluatedItem, type EvaluatedProtocol, type Evaluation } from "./evaluation.ts";
import { identifyProbes } from "./identify-probes.ts";
import { peopleOf } from "./people.ts";
import type { PictureEmbedder } from "./picture-embedder.node.ts";
import { poolTemplate } from "./pool.ts";
import type { Protocol, ProtocolOptions } from "./protocols.node.ts";
import { verifyPairs } from "./verify-pairs.ts";

export type MeasureSetOptions = ProtocolOptions & {
  readonly flip?: boolean;
  readonly cacheDir: string | null;
  readonly concurrency?: number;
  readonly command?: string;
  readonly onProgress?: (progress: EmbedProgress) => void;
  readonly signal?: AbortSignal;
};

/** Keys of an item's pictures that an evaluation tells. */
const MOST_KEYS = 4;

/**
 * Pictures → embeddings → templates → scores → figures: what all protocols share.
 *
 * @throws {ArcfaceError} as embedTestSet, verifyPairs and identifyProbes.
 */
export async function measureSet(
  name: string,
  protocol: Protocol,
  set: TestSet,
  source: PictureEmbedder,
  options: MeasureSetOptions,
): Promise<Evaluation> {
  const { flip = true, cacheDir, allowMissing = false, concurrency, command = null, onProgress, signal } = options;
  const startedAt = new Date();
  const start = performance.now();
  const embedded = await embedTestSet(set, source, {
    flip,
    cacheDir,
    allowMissing,
    signal,
    ...(concurrency !== undefined && { concurrency }),
    ...(onProgress && { onProgress }),
  });
  const pooling = protocol.pooling?.(options) ?? {};
  const rows = set.templates.map((template) => poolTemplate(template, set.images, embedded.embeddings, pooling));
  const { tarRule = "kept" } = protocol;
  const verified = set.pairs && verifyPairs(set.pairs, set.templates, rows, { tarRule, signal });
  const people = peopleOf(set.templates, set.pairs);
  const identified = set.search && identifyProbes(set.search, rows, { people, signal });
  return {
    format: EVALUATION_FORMAT,
    protocol: describe(name, protocol, set, { options: { ...options, flip }, people, bytesHash: embedded.bytesHash }),
    recognizer: source.recognizer,
    detector: source.detector,
    figures: withEasier([...(verified?.figures ?? []), ...(identified?.figures ?? [])]),
    published: protocol.published,
    items: set.templates.map((template) => toItem(template, set)),
    verification: verified?.verified ?? null,
    identification: identified?.identified ?? null,
    missed: embedded.missed,
    timing: {
      startedAt: startedAt.toISOString(),
      seconds: (performance.now() - start) / 1000,
      embedded: set.images.length - embedded.fromCache,
      fromCache: embedded.fromCache,
      threads: source.threads,
    },
    versions: {
      "arcface-ts": packageJson.version,
      node: process.versions.node,
      "onnxruntime-node": packageJson.dependencies["onnxruntime-node"],
    },
    command,
  };
}

function toItem({ name, person, images }: TestSet["templates"][number], set: TestSet): EvaluatedItem {
  const keys = images.slice(0, MOST_KEYS).map((image) => set.images[image]!.key);
  return { name, person, images: keys, imageCount: images.length };
}

function describe(
  name: string,
  { title, options: own }: Protocol,
  set: TestSet,
  facts: { options: ProtocolOptions & { flip: boolean }; people: Uint32Array; bytesHash: string },
): EvaluatedProtocol {
  const { options, people, bytesHash } = facts;
  const told = own.flatMap((option): (readonly [string, string | number | boolean])[] => {
    const value = options[option];
    if (value === undefined) return [];
    // Where things lie on this machine is nobody else's business.
    if (option === "aligned") return [[option, true]];
    return [[option, typeof value === "object" ? value.length : value]];
  });
  const isNamed = set.templates.every(({ person }) => person !== null);
  return {
    name,
    title,
    options: { flip: options.flip, ...Object.fromEntries(told) },
    dataSet: hashOf(set, bytesHash),
    images: set.images.length,
    templates: set.templates.length,
    people: isNamed ? new Set(people).size : null,
  };
}

/** What makes two results comparable: the same pictures, put to the same test. */
function hashOf({ images, templates, pairs, search }: TestSet, bytesHash: string): string {
  const hash = createHash("sha256").update(bytesHash);
  hash.update(JSON.stringify(images.map(({ face, faceScore }) => [face, faceScore])));
  hash.update(JSON.stringify(templates.map(({ images, media }) => [images, media])));
  const lists = [pairs?.a, pairs?.b, pairs?.same, pairs?.fold, search?.probes, search?.mates, search?.gallery];
  for (const list of lists) if (list) hash.update(new Uint8Array(list.buffer, list.byteOffset, list.byteLength));
  return hash.digest("hex").slice(0, 16);
}
