import { open, readFile } from "node:fs/promises";
import { firstDifference } from "../bytes/first-difference.ts";
import { writeWhole } from "../bytes/write-whole.node.ts";
import { ArcfaceError } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import type { CropOutcome } from "./outcome.ts";

/** What crops depend on beside the pictures. */
export type CropIdentity = Readonly<Record<string, string | number | boolean | null>>;

/** What became of each picture, kept in a file of JSON lines: the identity, then a line a picture. */
export interface CropJournal extends AsyncDisposable {
  /** By picture; what an earlier run found out is here, too. */
  readonly outcomes: ReadonlyMap<string, CropOutcome>;
  /** @throws {ArcfaceError} IO, NO_SPACE. */
  add(outcome: CropOutcome): Promise<void>;
  /** Write the file anew, in the order of `images`, each once; pictures that are gone come last. */
  finish(images: Iterable<string>): Promise<void>;
}

const KIND = "arcface-crops-1";

/**
 * Open or begin one. A line that a killed process did not write whole is cut off: its picture is looked at again.
 *
 * @throws {ArcfaceError} CONFLICT where the crops were made otherwise; UNSUPPORTED_FORMAT where it is another file; IO.
 */
export async function openCropJournal(path: string, identity: CropIdentity): Promise<CropJournal> {
  const header = JSON.stringify({ kind: KIND, ...identity });
  const told = (cause: unknown): never => {
    throw fileError(cause, path, "keeping the report");
  };
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) =>
    error.code === "ENOENT" ? "" : told(error),
  );
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const [first, ...lines] = whole.split("\n").slice(0, -1);
  if (first !== undefined) checkHeader(path, first, identity);
  const outcomes = new Map<string, CropOutcome>();
  for (const line of lines) {
    const outcome = parse(line) as CropOutcome | null;
    if (typeof outcome?.image !== "string") continue;
    outcomes.set(outcome.image, outcome);
  }
  const lineOf = (outcome: CropOutcome): string => `${JSON.stringify(outcome)}\n`;
  async function rewrite(all: Iterable<CropOutcome>): Promise<void> {
    await writeWhole(path, [`${header}\n`, ...Array.from(all, lineOf)].join("")).catch(told);
  }
  if (first === undefined || whole.length < text.length) await rewrite(outcomes.values());
  const file = await open(path, "a").catch(told);
  let writing: Promise<void> = Promise.resolve();
  return {
    outcomes,
    async add(outcome) {
      // One after another: lines never lie within one another.
      writing = writing.then(() => file.appendFile(lineOf(outcome)));
      await writing.catch(told);
      outcomes.set(outcome.image, outcome);
    },
    async finish(images) {
      const inOrder = new Map<string, CropOutcome>();
      for (const image of images) {
        const outcome = outcomes.get(image);
        if (outcome) inOrder.set(image, outcome);
      }
      for (const [image, outcome] of outcomes) inOrder.set(image, outcome);
      await rewrite(inOrder.values());
    },
    async [Symbol.asyncDispose]() {
      await writing.catch(() => {});
      await file.close();
    },
  };
}

function checkHeader(path: string, line: string, identity: CropIdentity): void {
  const { kind, ...found } = (parse(line) ?? {}) as Record<string, unknown>;
  if (kind !== KIND) throw new ArcfaceError("UNSUPPORTED_FORMAT", `${path}: expected a report of crops`);
  const difference = firstDifference(found, identity);
  if (difference === null) return;
  throw new ArcfaceError("CONFLICT", `${path}: the crops there were made with ${difference}`, {
    hint: "crops made in two ways do not mix: name another destination, or remove this one",
  });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
