import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "../bytes/write-whole.node.ts";
import { fileError } from "../file-error.node.ts";
import type { LogEntry, Validation } from "./log.ts";

type Line = ({ readonly kind: "log" } & LogEntry) | ({ readonly kind: "validation" } & Validation);

/** `log.jsonl` of a run's folder: a line a log entry or validation, each step once, however often the run was cut off. */
export interface RunLog {
  readonly log: readonly LogEntry[];
  readonly validations: readonly Validation[];
  /** @throws {ArcfaceError} NO_SPACE, IO. */
  add(line: Line): Promise<void>;
}

/**
 * @param upTo the checkpoint's step: what was logged after it will be logged again. `null`: the log begins anew.
 * @throws {ArcfaceError} NO_SPACE, IO.
 */
export async function openRunLog(folder: string, upTo: number | null): Promise<RunLog> {
  const path = join(folder, "log.jsonl");
  const failed = (doing: string) => (error: unknown) => {
    throw fileError(error, path, doing, "the checkpoints are whole: put it right, and resume");
  };
  const text = upTo === null ? "" : await readFile(path, "utf8").catch(() => "");
  const lines = text.split("\n").flatMap((line) => parseLine(line, upTo ?? 0));
  await writeWhole(path, lines.map((line) => `${JSON.stringify(line)}\n`).join("")).catch(failed("writing"));
  return {
    get log() {
      return lines.filter((line) => line.kind === "log");
    },
    get validations() {
      return lines.filter((line) => line.kind === "validation");
    },
    async add(line) {
      lines.push(line);
      await appendFile(path, `${JSON.stringify(line)}\n`).catch(failed("writing"));
    },
  };
}

/** A killed process may leave half a line. */
function parseLine(text: string, upTo: number): Line[] {
  try {
    const line = JSON.parse(text) as Line;
    return line.step <= upTo ? [line] : [];
  } catch {
    return [];
  }
}
