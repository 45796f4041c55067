/**
 * Pictures a second that the loader makes alone, without a trainer: first each picture decoded, then out of the cache.
 *
 *     npx tsx --conditions=arcface-source bench/loader.ts [DATA] [BATCH_SIZE] [WORKERS]
 */
import { openLoader } from "../src/train/loader/open-loader.node.ts";

const [data = "../shared/data/lfw_aligned112", batchSize = "64", workers = "1"] = process.argv.slice(2);
const EPOCHS = 3;
const megabytes = (): string => `${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB`;

for (const [name, extra] of [
  ["decoded each time", { cacheBytes: 0 }],
  ["decoded once", {}],
  ["decoded once, all augmentations", { augment: "dali" }],
] as const) {
  await using loader = await openLoader({
    data,
    batchSize: Number(batchSize),
    workers: Number(workers),
    onBad: "skip",
    ...extra,
  });
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const start = performance.now();
    for (let k = 0; k < loader.stepsPerEpoch; k++) await loader.batch(epoch * loader.stepsPerEpoch + k);
    const seconds = (performance.now() - start) / 1000;
    const rate = (loader.stepsPerEpoch * Number(batchSize)) / seconds;
    console.log(`${name}, epoch ${epoch}: ${rate.toFixed(0)} images/s, ${megabytes()}`);
  }
}
