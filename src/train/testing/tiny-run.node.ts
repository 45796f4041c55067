import type { Recipe } from "../recipe.ts";
import { syntheticImages } from "../synthetic-images.node.ts";
import { train } from "../train.node.ts";

/** 280 steps with everything that is drawn: order, augmentation, dropout, sampled classes. */
const recipe: Recipe = {
  name: "tiny",
  network: { blocks: [1, 1, 1, 1], widths: [8, 16, 24, 32], features: 32, dropout: 0.2 },
  size: 16,
  loss: { kind: "margin", marginList: [1, 0.3, 0], s: 16, sampleRate: 0.8 },
  batchSize: 8,
  numEpoch: 40,
  lr: 0.05,
  schedule: { kind: "polynomial", power: 2, warmupEpoch: 1 },
  augment: "dali",
  frequent: 1,
  saveEvery: 4,
};

// A process for tests: trains into a folder, saying each step that is done.
const images = await syntheticImages({ people: 14, each: 4, size: 16, seed: 5 });
await train(recipe, {
  data: images,
  out: process.argv[2]!,
  resume: true,
  threads: 1,
  onLog: ({ step }) => void process.stdout.write(`${step}\n`),
});
