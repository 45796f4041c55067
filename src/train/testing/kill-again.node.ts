import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, watch } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PART } from "../../bytes/write-whole.node.ts";
import { createRandom } from "../../tensor/random.ts";

const CHILD = fileURLToPath(new URL("./tiny-run.node.ts", import.meta.url));

export type Killed = { readonly step: number; readonly writing: boolean; readonly again: boolean };

/** Start the run, and kill it: after some steps and milliseconds, or, every third time, while a checkpoint is being written. */
export async function killAgain(folder: string, kills: number, seed = 1): Promise<Killed[]> {
  const random = createRandom(seed);
  const killed: Killed[] = [];
  mkdirSync(folder, { recursive: true });
  for (let i = 0; i < kills; i++) {
    const whileWriting = i % 3 === 2;
    const [steps, delay] = [3 + Math.floor(8 * random.uniform()), 20 * random.uniform()];
    const run = spawn(process.execPath, ["--import", "tsx", CHILD, folder], { stdio: ["ignore", "pipe", "inherit"] });
    let [first, step] = [Number.POSITIVE_INFINITY, 0];
    const watcher = watch(folder, (_, name) => {
      if (whileWriting && step - first >= steps - 3 && name?.startsWith("checkpoint") && PART.test(name))
        run.kill("SIGKILL");
    });
    run.stdout.on("data", (chunk: Buffer) => {
      step = Number(chunk.toString().trim().split("\n").at(-1));
      first = Math.min(first, step);
      if (!whileWriting && step - first >= steps - 1) setTimeout(() => run.kill("SIGKILL"), delay);
    });
    const [, signal] = (await once(run, "close")) as [number | null, NodeJS.Signals | null];
    watcher.close();
    if (signal !== "SIGKILL") throw new Error(`the run ended by itself at kill ${i + 1}, step ${step}`);
    const writing = readdirSync(folder).some((name) => PART.test(name));
    killed.push({ step, writing, again: first <= (killed.at(-1)?.step ?? 0) });
  }
  return killed;
}

/** Let the run go on to its end. @returns its last checkpoint, and the log but for the speed. */
export async function finish(folder: string): Promise<{ weights: Buffer; log: object[] }> {
  const run = spawn(process.execPath, ["--import", "tsx", CHILD, folder], { stdio: ["ignore", "ignore", "inherit"] });
  const [code] = (await once(run, "close")) as [number | null];
  if (code !== 0) throw new Error(`the run ended with ${code}`);
  const last = readdirSync(folder)
    .filter((name) => name.endsWith(".safetensors"))
    .sort()
    .at(-1)!;
  const lines = readFileSync(join(folder, "log.jsonl"), "utf8").trim().split("\n");
  return {
    weights: readFileSync(join(folder, last)),
    log: lines.map((line) => ({ ...(JSON.parse(line) as object), speed: 0, loader: null })),
  };
}
