import { type ChildProcess, type ForkOptions, fork } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ArcfaceError, throwIfCancelled } from "../../errors.ts";
import { fileError } from "../../file-error.node.ts";
import { fromPlain } from "../../host/worker/messages.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Duration, Measured } from "../row.ts";
import { median } from "../statistics.ts";
import type { MeasureAnswer, MeasureTask } from "./measure-process.node.ts";

export type NodeTask = {
  readonly name: string;
  readonly model: Uint8Array;
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly batch: number;
  /** In all. */
  readonly threads: number;
  /** Default: whichever split of the threads is fastest in a short try. */
  readonly sessions?: number | undefined;
  readonly provider: "cpu" | "cuda";
  readonly duration: Duration;
  readonly onRepetition?: ((done: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** Seconds of a try of a split, at most. */
const TRY_SECONDS = 2;
const ENTRY = new URL("./measure-process.node.ts", import.meta.url);

/**
 * One network on onnxruntime-node, in a process of its own.
 *
 * @throws {ArcfaceError} as createSession; CANCELLED; INTERNAL where the process died.
 */
export async function measureInNode(task: NodeTask): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), "arcface-benchmark-"));
  try {
    const path = join(folder, "model.onnx");
    await writeFile(path, task.model).catch((error: unknown) => {
      throw fileError(error, path, "handing a network to a process", "TMPDIR names another place");
    });
    const sessions = task.sessions ?? (await fastestSplit(task, path));
    return await runProcess(taskOf(task, path, sessions, task.duration), task);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fastestSplit(task: NodeTask, path: string): Promise<number> {
  const splits = Array.from({ length: task.threads }, (_, i) => i + 1).filter((n) => task.threads % n === 0);
  if (splits.length === 1 || task.provider === "cuda") return 1;
  const duration = { seconds: Math.min(TRY_SECONDS, task.duration.seconds), repetitions: 1 };
  const rates: number[] = [];
  for (const sessions of splits) {
    const { repetitions } = await runProcess(taskOf(task, path, sessions, duration), { signal: task.signal });
    rates.push(median(repetitions));
  }
  return splits[rates.indexOf(Math.max(...rates))]!;
}

function taskOf(
  { name, feeds, batch, threads, provider }: NodeTask,
  path: string,
  sessions: number,
  duration: Duration,
): MeasureTask {
  const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };
  const runtime = `onnxruntime-node ${version}`;
  return { path, name, feeds, batch, provider, sessions, threadsPerSession: threads / sessions, duration, runtime };
}

async function runProcess(
  task: MeasureTask,
  { onRepetition, signal }: Pick<NodeTask, "onRepetition" | "signal">,
): Promise<Measured> {
  throwIfCancelled(signal, task.name);
  // What the runtime writes on its own is not ours to print: what matters comes back as an error.
  const child = forkModule(ENTRY);
  const kill = (): void => void child.kill("SIGKILL");
  signal?.addEventListener("abort", kill, { once: true });
  process.once("exit", kill);
  try {
    return await new Promise<Measured>((resolve, reject) => {
      child.on("message", (answer: MeasureAnswer) => {
        if ("done" in answer) onRepetition?.(answer.done);
        else if ("result" in answer) resolve(answer.result);
        else reject(fromPlain(answer.error!));
      });
      child.once("error", reject);
      child.once("exit", (code, ended) => {
        if (signal?.aborted) reject(new ArcfaceError("CANCELLED", `${task.name}: cancelled`, { cause: signal.reason }));
        else reject(new ArcfaceError("INTERNAL", `${task.name}: its process ended by itself, with ${code ?? ended}`));
      });
      child.send(task);
    });
  } finally {
    signal?.removeEventListener("abort", kill);
    process.off("exit", kill);
  }
}

/** As startWorker: Node 20 reads no TypeScript, so that sources run through tsx. */
function forkModule(entry: URL): ChildProcess {
  const options: ForkOptions = {
    serialization: "advanced",
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    execArgv: [],
  };
  if (!import.meta.url.endsWith(".ts")) return fork(fileURLToPath(entry.href.replace(/\.ts$/, ".js")), options);
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx"));
  return fork(fileURLToPath(entry), { ...options, execArgv: ["--import", tsx.href] });
}
