import { openLabelledImages } from "../../../data/open-labelled-images.node.ts";
import { planBatches } from "../batch-plan.ts";

/**
 * Open a large set in a process of its own, and go over the edge of an epoch; print how long it took and the most memory
 * that the process ever had, as JSON.
 *
 *     tsx --conditions=arcface-source src/train/loader/testing/index-many.node.ts FOLDER
 */
const peakMiB = (): number => Math.round(process.resourceUsage().maxRSS / 1024);

const baseMiB = peakMiB();
const start = performance.now();
await using images = await openLabelledImages(process.argv[2]!);
const openMs = Math.round(performance.now() - start);
const openMiB = peakMiB();
const plan = planBatches({ count: images.count, batchSize: 128, seed: 2048, where: "set" });
const [last, first] = [plan.of(plan.stepsPerEpoch - 1), plan.of(plan.stepsPerEpoch)];
const shuffleMs = Math.round(performance.now() - start) - openMs;
const ends = await Promise.all([0, images.count - 1].map(async (i) => (await images.read(i)).label));
const report = {
  count: images.count,
  classes: images.classes,
  ends,
  baseMiB,
  openMiB,
  peakMiB: peakMiB(),
  openMs,
  shuffleMs,
};
process.stdout.write(`${JSON.stringify({ ...report, epochs: [last.epoch, first.epoch] })}\n`);
