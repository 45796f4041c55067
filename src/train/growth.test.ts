import { expect, test } from "vitest";
import { iresnet } from "../nets/iresnet.ts";
import { noise } from "../onnx/noise.ts";
import { startState } from "./state.ts";
import { buildStep } from "./step.ts";
import { createStepper } from "./stepper.node.ts";

test("a thousand steps take no more memory than two hundred", async () => {
  const [classes, batch, size] = [50, 8, 16];
  const graph = buildStep({
    net: (net, x) => iresnet(net, x, { blocks: [1, 1, 1, 1], widths: [8, 8, 8, 8], features: 16, dropout: 0.1 }),
    loss: { kind: "margin", s: 16 },
    classes,
    batch,
    size,
  });
  await using stepper = await createStepper({
    graph,
    state: startState(graph),
    imagesShape: [batch, 3, size, size],
    momentum: 0.9,
    weightDecay: 5e-4,
    clipGradNorm: 5,
    seed: 0,
    threads: 1,
    classes,
    sampleRate: 1,
  });
  const images = noise(batch * 3 * size * size, 1);
  const labels = BigInt64Array.from({ length: batch }, (_, i) => BigInt(i));
  const steps = async (count: number): Promise<number> => {
    for (let i = 0; i < count; i++) await stepper.update([{ images, labels }], 0.001);
    const { rss, heapTotal } = process.memoryUsage();
    return (rss - heapTotal) / 2 ** 20; // JavaScript's own heap comes and goes
  };
  const before = await steps(200);
  const after = await steps(800);
  // MB. The large values of one step are 1 MB together, so that a leak of any of them would be hundreds.
  expect(after - before).toBeLessThan(60);
}, 120_000);
