import { rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { lockFolder } from "../bytes/lock-folder.node.ts";
import { removeParts } from "../bytes/write-whole.node.ts";
import { ArcfaceError, expected, throwIfCancelled } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import type { EmbeddedPhotographs, FacesOptions } from "./embed-photographs.ts";
import { listPhotographs } from "./list-photographs.node.ts";
import type { PhotographPool } from "./photograph-pool.node.ts";
import { type MissedPhotograph, openRunState, type RunState, type Shard } from "./run-state.node.ts";
import { joinShards, writeMissed, writeShard } from "./write-shard.node.ts";

export type EmbedFolderOptions = FacesOptions & {
  /** Photographs a shard: what a killed run may have to do again. Default 1024. */
  readonly perShard?: number;
  readonly onProgress?: (progress: BulkProgress) => void;
  readonly signal?: AbortSignal;
};

/** Photographs; `before` of those done were by an earlier run. */
export type BulkProgress = { readonly done: number; readonly total: number; readonly before: number };

export type EmbeddedFolder = {
  readonly photographs: number;
  /** Rows of the embeddings. */
  readonly faces: number;
  /** Photographs without a face, or that could not be read. */
  readonly missed: readonly MissedPhotograph[];
  /** Photographs that an earlier run had done. */
  readonly before: number;
  /** The file, or the folder of shards. */
  readonly out: string;
  /** What tells of each that was missed. */
  readonly missedFile: string;
};

/** Raise where detection, alignment or embedding changes what comes out. */
const VERSION = 1;
/** Photographs a call: some batches of crops, little enough to stop soon. */
const PER_CALL = 16;
/** Of these an earlier run may have been told wrongly: they are tried again. */
const PASSING: ReadonlySet<string> = new Set(["NOT_FOUND", "IO", "MISSING_TOOL"]);

/**
 * The embeddings of a folder's photographs, of any number, as NumPy files with a line of JSON for each row. The same call
 * again goes on where a killed one was, embeds photographs that came since, and tries again those that could not be read;
 * a photograph whose file changed is not noticed.
 *
 * @param out a folder, for shards; or a file `….npy`, which the shards beside it become at the end, with `….jsonl` and
 *   `….missed.jsonl`.
 * @throws {ArcfaceError} NOT_FOUND where there is no photograph; CONFLICT where `out` was made otherwise, is finished, or another
 *   process is at work there; CANCELLED, NO_SPACE, IO: what was finished stays; as embedPhotographs.
 */
export async function embedFolder(
  pool: PhotographPool,
  source: string,
  out: string,
  options: EmbedFolderOptions = {},
): Promise<EmbeddedFolder> {
  const { perShard = 1024, onProgress, signal, ...how } = options;
  if (!(Number.isInteger(perShard) && perShard > 0))
    throw expected("embed", "1 photograph a shard or more", `${perShard}`);
  const file = out.endsWith(".npy") ? out : null;
  const folder = file === null ? out : `${file}.shards`;
  if (file !== null) await refuseFinished(file, folder);
  const all = await listPhotographs(source);
  if (all.length === 0) {
    throw new ArcfaceError("NOT_FOUND", `${source}: no photographs there`, {
      hint: "JPEG, PNG, WebP, AVIF, GIF, TIFF and HEIC files are looked for",
    });
  }
  const base = file === null ? null : file.slice(0, -".npy".length);
  const missedFile = base === null ? join(folder, "missed.jsonl") : `${base}.missed.jsonl`;
  let result: Omit<EmbeddedFolder, "out" | "missedFile">;
  {
    await using _ = await lockFolder(folder);
    await removeParts(folder);
    const { recognizer, detector } = pool;
    await using state = await openRunState(folder, {
      source: resolve(source),
      recognizer,
      detector,
      ...identityOf(how),
      version: VERSION,
    });
    const known = new Set(state.shards.flatMap(({ photographs }) => photographs));
    for (const { photograph, code } of missedOf(state)) if (PASSING.has(code)) known.delete(photograph);
    await state.plan(
      all.filter((photograph) => !known.has(photograph)),
      perShard,
    );
    const before = await embedShards(pool, source, folder, state, how, onProgress, signal);
    const missed = missedOf(state);
    await writeMissed(missedFile, missed);
    const finished = [...state.finished.values()];
    const faces = finished.reduce((sum, shard) => sum + shard.faces, 0);
    result = { photographs: photographsOf(state), faces, missed, before };
    if (base !== null) {
      finished.sort((a, b) => a.shard - b.shard);
      await joinShards(folder, finished, pool.size, { npy: `${base}.npy`, lines: `${base}.jsonl` });
    }
  }
  return { ...result, out, missedFile };
}

/** @returns how many photographs were done before. */
async function embedShards(
  pool: PhotographPool,
  source: string,
  folder: string,
  state: RunState,
  how: FacesOptions,
  onProgress: EmbedFolderOptions["onProgress"],
  signal: AbortSignal | undefined,
): Promise<number> {
  const open = state.shards.filter(({ shard }) => !state.finished.has(shard));
  const total = photographsOf(state);
  // What is tried again was not done before.
  const before = total - open.reduce((sum, { photographs }) => sum + photographs.length, 0);
  const calls = callsOf(open);
  let done = before;
  let failed = false;
  let writing: Promise<void> = Promise.resolve();
  onProgress?.({ done, total, before });

  async function lane(): Promise<void> {
    for (let call = calls.next(); !call.done && !failed; call = calls.next()) {
      throwIfCancelled(signal, "embed");
      const { part, work } = call.value;
      const paths = part.photographs.map((photograph) => join(source, photograph));
      work.parts[part.index] = await pool.embed(paths, how, signal);
      done += paths.length;
      onProgress?.({ done, total, before });
      if (--work.left > 0) continue;
      // One after another: a shard's files, then the line that says that they are there.
      writing = writing.then(async () => {
        await state.finish(await writeShard(folder, work.shard, work.parts, pool.size));
      });
      await writing;
    }
  }
  const lanes = Array.from({ length: pool.concurrency }, () =>
    lane().catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  const outcomes = await Promise.allSettled(lanes);
  throwIfCancelled(signal, "embed");
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  return before;
}

type Work = { readonly shard: Shard; readonly parts: EmbeddedPhotographs[]; left: number };
type Part = { readonly index: number; readonly photographs: readonly string[] };

/** What goes to a thread at once: always the same photographs together, so that a run that was killed ends as another. */
function* callsOf(shards: readonly Shard[]): Generator<{ readonly part: Part; readonly work: Work }> {
  for (const shard of shards) {
    const { photographs } = shard;
    const work: Work = { shard, parts: [], left: Math.ceil(photographs.length / PER_CALL) };
    for (let index = 0; index * PER_CALL < photographs.length; index++) {
      const some = photographs.slice(index * PER_CALL, (index + 1) * PER_CALL);
      yield { part: { index, photographs: some }, work };
    }
  }
}

/** What was tried again counts as the last time. */
function missedOf({ shards, finished }: RunState): MissedPhotograph[] {
  const missed = new Map<string, MissedPhotograph>();
  for (const { shard, photographs } of shards) {
    const done = finished.get(shard);
    if (!done) continue;
    for (const photograph of photographs) missed.delete(photograph);
    for (const one of done.missed) missed.set(one.photograph, one);
  }
  return [...missed.values()];
}

function photographsOf({ shards }: RunState): number {
  return new Set(shards.flatMap(({ photographs }) => photographs)).size;
}

async function refuseFinished(file: string, folder: string): Promise<void> {
  if (!(await isThere(file))) return;
  // Killed when all was in place: what is left of the shards has no use.
  if (await isThere(folder)) {
    await using _ = await lockFolder(folder);
    await rm(folder, { recursive: true });
  }
  throw new ArcfaceError("CONFLICT", `${file}: there is such a file already`, {
    hint: "name another, or remove it; a folder of shards takes photographs that come later",
  });
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw fileError(error, path, "looking for embeddings");
    },
  );
}

function identityOf(how: FacesOptions): Record<string, string | number | boolean> {
  const { faces = "largest", flip = false, raw = false, aligned = false, ...others } = how;
  return { faces, flip, raw, aligned, ...others };
}
