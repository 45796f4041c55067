/** Our side of bench/train-step.ts: a whole training step for each line that comes in. Arguments as bench/train_step.py's. */
import { createInterface } from "node:readline";
import { isNetName, NETS } from "../src/nets/registry.ts";
import { noise } from "../src/onnx/noise.ts";
import { blockSize } from "../src/train/block-size.node.ts";
import { startState } from "../src/train/state.ts";
import { buildStep } from "../src/train/step.ts";
import { createStepper } from "../src/train/stepper.node.ts";

const [name = "", batch = 0, classes = 0, threads = 0] = process.argv
  .slice(2)
  .map((word, i) => (i ? Number(word) : word));
if (!isNetName(`${name}`)) throw new Error(`${name}: no such network`);
const shape = [Number(batch), 3, 112, 112];
const graph = buildStep({
  net: NETS[name as "mbf"],
  loss: { kind: "margin" },
  classes: Number(classes),
  batch: Number(batch),
  block: await blockSize(),
});
await using stepper = await createStepper({
  graph,
  state: startState(graph),
  imagesShape: shape,
  momentum: 0.9,
  weightDecay: 5e-4,
  clipGradNorm: 0,
  seed: 0,
  threads: Number(threads),
  classes: Number(classes),
  sampleRate: 1,
});
/** So small that the loss stays: gradients that vanish are another thing to compute with. */
const RATE = 1e-9;
const images = noise(Number(batch) * 3 * 112 * 112, 1);
const labels = BigInt64Array.from({ length: Number(batch) }, (_, i) => BigInt((i * 7) % Number(classes)));
for await (const _ of createInterface({ input: process.stdin })) {
  const [start, before] = [performance.now(), process.cpuUsage()];
  const { loss } = await stepper.update([{ images, labels }], RATE);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  console.log(
    JSON.stringify({ seconds, cpu: (user + system) / 1e6, loss, peak: process.resourceUsage().maxRSS / 1e3 }),
  );
}
