/**
 * Whole training steps (forward, ArcFace over 10,000 classes, gradients, SGD) beside PyTorch's, one of each in turn.
 *
 *     npx tsx --conditions=arcface-source bench/train-step.ts [--threads 2] [--steps 5] [--nets iresnet18,iresnet50,mbf]
 *     npx tsx --conditions=arcface-source bench/train-step.ts --profile [--nets mbf]
 *
 * Prints images/s of both at their fastest step, the ratios (medians; by the clock, and by processor time, which other programs disturb less), peaks of memory, and what share of the machine's
 * matrix-product rate (1024³, the same threads) the convolutions' and products' 3 · 2 · MACs make. Needs Debian's python3-torch.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildModel, NETS } from "../src/nets/registry.ts";
import { countModel } from "../src/onnx/count.ts";
import { matmulRate } from "./matmul-rate.ts";
import { profileStep } from "./train-step/profile.ts";

const CLASSES = 10_000;
const BATCHES = { iresnet18: 32, iresnet50: 16, mbf: 64 } as const;
type Name = keyof typeof BATCHES;
type Answer = { readonly seconds: number; readonly cpu: number; readonly loss: number; readonly peak: number };

const { values } = parseArgs({
  options: {
    threads: { type: "string", default: "2" },
    steps: { type: "string", default: "5" },
    nets: { type: "string", default: Object.keys(BATCHES).join() },
    profile: { type: "boolean", default: false },
  },
});
const threads = Number(values.threads);
const names = values.nets.split(",") as Name[];
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** A process that makes a step when it is asked to. */
function worker(command: readonly string[], args: readonly string[]) {
  const child = spawn(command[0]!, [...command.slice(1), ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async step(): Promise<Answer> {
      child.stdin.write("step\n");
      const { value, done } = await lines.next();
      if (done) throw new Error(`${command.at(-1)} ended before its answer`);
      return JSON.parse(value);
    },
    end: () => child.stdin.end(),
  };
}

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;

async function compare(name: Name, rate: number): Promise<void> {
  const batch = BATCHES[name];
  const args = [name, batch, CLASSES, threads].map(String);
  const ours = worker([process.execPath, ...process.execArgv, here("train-step-worker.ts")], args);
  const theirs = worker(["/usr/bin/python3", here("train_step.py")], args);
  const times: [number, number][] = [];
  const cpu: number[] = [];
  let peaks = [0, 0];
  for (let i = 0; i <= Number(values.steps); i++) {
    const [a, b] = [await ours.step(), await theirs.step()];
    peaks = [a.peak, b.peak];
    if (i === 0) continue; // it warms up
    times.push([a.seconds, b.seconds]);
    cpu.push(b.cpu / a.cpu);
  }
  ours.end();
  theirs.end();
  const [our, their] = [times.map(([a]) => a), times.map(([, b]) => b)];
  const model = buildModel(name, NETS[name], { random: { uniform: () => 0, normal: () => 0 } });
  const flops = 3 * 2 * batch * (countModel(model).macs! + 512 * CLASSES);
  const fastest = Math.min(...our);
  console.log(
    `${name}, batch ${batch}: ${(batch / fastest).toFixed(2)} images/s, PyTorch ${(batch / Math.min(...their)).toFixed(2)}: ` +
      `${median(times.map(([a, b]) => b / a)).toFixed(2)}× (processor time ${median(cpu).toFixed(2)}×); ` +
      `peak ${(peaks[0]! / 1e3).toFixed(2)} GB, PyTorch ${(peaks[1]! / 1e3).toFixed(2)} GB; ` +
      `${((100 * flops) / fastest / rate / 1e9).toFixed(0)} % of ${rate.toFixed(0)} GFLOP/s, PyTorch ` +
      `${((100 * flops) / Math.min(...their) / rate / 1e9).toFixed(0)} %`,
  );
}

for (const name of names) {
  if (values.profile) await profileStep(name, { batch: BATCHES[name], classes: CLASSES, threads });
  else await compare(name, await matmulRate(threads));
}
