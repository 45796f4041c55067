/** Inferences a second of ONNX files, in sessions side by side, each in a thread of its own. */
import { Worker } from "node:worker_threads";

export type Split = { readonly sessions: number; readonly threads: number; readonly batch: number };

/** Images a second of one network at one split. */
export async function rateOf(path: string, split: Split, seconds: number): Promise<number> {
  const workers = Array.from(
    { length: split.sessions },
    () => new Worker(new URL("./timing-worker.js", import.meta.url), { workerData: { ...split, path, seconds } }),
  );
  const message = (worker: Worker) =>
    new Promise<number>((done, failed) => worker.once("message", done).once("error", failed));
  // All are warm before any is timed.
  await Promise.all(workers.map(message));
  const rates = workers.map(message);
  for (const worker of workers) worker.postMessage("go");
  const total = (await Promise.all(rates)).reduce((sum, rate) => sum + rate, 0);
  await Promise.all(workers.map((worker) => worker.terminate()));
  return total;
}
