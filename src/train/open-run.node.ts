import { removeParts } from "../bytes/write-whole.node.ts";
import { ArcfaceError } from "../errors.ts";
import { latestCheckpoint } from "./checkpoint.node.ts";
import { openRunLog, type RunLog } from "./run-log.node.ts";
import { restore, type TrainingState } from "./state.ts";
import type { WindowSums } from "./window.ts";

export type OpenRunOptions = {
  /** The run's folder, which is there, and the caller's: lockFolder. */
  readonly out: string;
  readonly resume: boolean;
  /** What a run that is resumed must have been made by: its checkpoints say `recipe`. */
  readonly identity: string;
  /** How a run differs that was made by something else: "was made …". */
  readonly otherwise: string;
  readonly threads: number;
  /** Told of what a user should know. */
  readonly onNote?: ((note: string) => void) | undefined;
};

export type OpenRun = {
  readonly log: RunLog;
  /** Of the checkpoint that it goes on from; −1 where it begins. */
  readonly step: number;
  /** Its path; empty where it begins. */
  readonly checkpoint: string;
  readonly sums?: WindowSums | undefined;
};

/** What a run's checkpoints say beside its values. */
export function runMetadata(identity: string, threads: number, sums: WindowSums): Record<string, string> {
  return { recipe: identity, threads: `${threads}`, window: JSON.stringify(sums) };
}

/**
 * Take up a run where its latest checkpoint was, or begin one.
 *
 * @param state written over where there is a checkpoint.
 * @throws {ArcfaceError} CONFLICT where the folder holds a run and none is to be resumed, or another one; NO_SPACE, IO.
 */
export async function openRun(
  state: TrainingState,
  { out, resume, identity, otherwise, threads, onNote }: OpenRunOptions,
): Promise<OpenRun> {
  const found = await latestCheckpoint(out);
  if (found && !resume) {
    throw new ArcfaceError("CONFLICT", `${out}: expected an empty folder, got a run at step ${found.metadata.step}`, {
      hint: "--resume goes on with it; another --out begins anew",
    });
  }
  await removeParts(out);
  for (const problem of found?.problems ?? []) onNote?.(`passed over: ${problem}`);
  if (!found) return { log: await openRunLog(out, null), step: -1, checkpoint: "" };
  const { path, metadata } = found;
  if (metadata.recipe !== identity) {
    throw new ArcfaceError("CONFLICT", `${path}: was made ${otherwise}`, {
      hint: "resume with the same ones, or train into another folder",
    });
  }
  restore(state, found, path);
  const { step } = state;
  if (metadata.threads !== `${threads}`)
    onNote?.(`${path}: was made with --threads ${metadata.threads}; the last bits differ with ${threads}`);
  return {
    log: await openRunLog(out, step),
    step,
    checkpoint: path,
    sums: JSON.parse(metadata.window ?? "null") ?? undefined,
  };
}
