/** What the machine's memory gives: the yardsticks of a search, which must read every template once. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";

/**
 * Milliseconds that C takes to copy so many bytes with memcpy, and only to read them, on so many threads; best of nine.
 *
 * @returns `null` where there is no gcc.
 */
export function nativePasses(bytes: number, threads: number): { memcpy: number; read: number } | null {
  const folder = mkdtempSync(join(tmpdir(), "arcface-memory-"));
  try {
    const program = join(folder, "memory");
    const source = join(import.meta.dirname, "memory.c");
    execFileSync("gcc", ["-O3", "-march=native", "-o", program, source, "-lpthread"], { stdio: "ignore" });
    const lines = execFileSync(program, [`${bytes}`, `${threads}`], { encoding: "utf8" });
    const of = (what: string): number => Number(new RegExp(`${what} ([\\d.]+)`).exec(lines)![1]);
    return { memcpy: of("memcpy"), read: of("read") };
  } catch {
    return null;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const COPY = `
const { parentPort, workerData: { from, to, start, end } } = require("node:worker_threads");
const source = new Uint8Array(from, start, end - start);
const target = new Uint8Array(to, start, end - start);
parentPort.on("message", () => { target.set(source); parentPort.postMessage(null); });
`;

/** The same by JavaScript: `TypedArray.set` in worker threads, over shared memory. */
export async function typedArraySet(bytes: number, threads: number): Promise<number> {
  const [from, to] = [new SharedArrayBuffer(bytes), new SharedArrayBuffer(bytes)];
  new Uint8Array(from).fill(1);
  const share = Math.floor(bytes / threads);
  const workers = Array.from({ length: threads }, (_, i) => {
    const workerData = { from, to, start: i * share, end: (i + 1) * share };
    return new Worker(COPY, { eval: true, workerData });
  });
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 9; round++) {
    const start = performance.now();
    await Promise.all(
      workers.map((worker) => {
        const done = new Promise<void>((resolve) => worker.once("message", () => resolve()));
        worker.postMessage(null);
        return done;
      }),
    );
    best = Math.min(best, performance.now() - start);
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
  return best;
}
