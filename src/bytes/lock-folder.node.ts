import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ArcfaceError } from "../errors.ts";
import { fileError } from "../file-error.node.ts";

/** `lock-MACHINE-PID-BEGAN` */
const LOCK = /^lock-(.+)-(\d+)-(\d+)$/;
const TRIES = 4;

/**
 * The only right to write into a folder, among all processes, until it is disposed of. The folder is made.
 *
 * It is an empty file in the folder that names its process, so a killed one is in nobody's way: whoever finds its lock
 * removes it, and no living process ever has that name. Nothing has to be kept fresh meanwhile: a step of a training may
 * hold the thread for minutes. A process of another machine is taken to live.
 *
 * @throws {ArcfaceError} CONFLICT where another process, or this one, holds it; NO_SPACE, IO.
 */
export async function lockFolder(folder: string): Promise<AsyncDisposable> {
  const failed = (error: unknown): never => {
    throw fileError(error, folder, "locking the folder");
  };
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw fileError(error, folder, "making the folder");
  });
  const machine = hostname().replace(/[^\w.]/g, "_");
  const own = `lock-${machine}-${process.pid}-${await beginOf(process.pid)}`;
  const release = (): Promise<void> => rm(join(folder, own), { force: true });
  for (let tries = 1; ; tries++) {
    // Not there already, unless this very process made it.
    await writeFile(join(folder, own), "", { flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
      throw error.code === "EEXIST" ? taken(folder, own, "this process is") : fileError(error, folder, "locking");
    });
    const other = await otherHolder(folder, own, machine).catch(async (error: unknown) => {
      await release().catch(() => {});
      return failed(error);
    });
    if (other === null) {
      let released: Promise<void> | null = null; // the next lock of this process has the same name
      return { [Symbol.asyncDispose]: () => (released ??= release().catch(() => {})) };
    }
    await release().catch(failed);
    if (tries === TRIES) throw other;
    // Of two that begin at once both give way; the next time one is first.
    await delay(20 + 100 * Math.random());
  }
}

/** @returns what to say where a living process holds the folder. Locks of dead ones are removed. */
async function otherHolder(folder: string, own: string, machine: string): Promise<ArcfaceError | null> {
  for (const name of await readdir(folder)) {
    const [, its, pid, began] = LOCK.exec(name) ?? [];
    if (name === own || its === undefined) continue;
    if (its !== machine) return taken(folder, name, `process ${pid} of the machine ${its} is`);
    if (await isAlive(Number(pid), began!)) return taken(folder, name, `process ${pid} is`);
    await rm(join(folder, name), { force: true });
  }
  return null;
}

function taken(folder: string, name: string, who: string): ArcfaceError {
  return new ArcfaceError("CONFLICT", `${folder}: ${who} at work in this folder`, {
    hint: `wait for its end, or name another folder; where nothing is at work any more, remove ${join(folder, name)}`,
  });
}

async function isAlive(pid: number, began: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false; // else it is another user's
  }
  const now = await beginOf(pid);
  return now === "0" || now === began;
}

/** What tells a process from later ones with its number: clock ticks from the machine's start; "0" where nothing does. */
async function beginOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // Its name, in brackets, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const isDead = fields[0] === "Z"; // killed, and its parent has not asked yet
  return isDead ? "dead" : (fields[19] ?? "0");
}
