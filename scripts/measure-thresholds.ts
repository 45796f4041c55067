/**
 * Thresholds for a recogniser's card: every photograph of LFW against every other, end to end, without mirror images,
 * as `verify` and `identify` embed.
 *
 *     npx tsx --conditions=arcface-source scripts/measure-thresholds.ts LFW_DIR [recogniser slug]
 */
import { join } from "node:path";
import { calibrateFolder } from "../src/calibrate/folder-calibration.ts";
import { embedTestSet } from "../src/evaluate/embed-test-set.node.ts";
import { openPictureEmbedder } from "../src/evaluate/picture-embedder.node.ts";
import { protocolOf } from "../src/evaluate/protocols.node.ts";
import { l2Normalize } from "../src/tensor/vector.ts";
import { cacheFolder } from "../src/zoo/cache/cache.node.ts";

const [data, model] = process.argv.slice(2);
if (data === undefined) throw new Error("name LFW's folder");
await using source = await openPictureEmbedder({ withDetector: true, ...(model !== undefined && { model }) });
const set = await protocolOf("lfw").load(data, {});
const { embeddings } = await embedTestSet(set, source, {
  flip: false,
  cacheDir: join(cacheFolder(), "embeddings"),
  onProgress: ({ done, total, missed }) => {
    if (done % 500 === 0) console.error(`${done} of ${total}, ${missed} missed`);
  },
});
const found = set.templates.flatMap(({ person }, i) =>
  embeddings[i] ? [{ label: person!, embedding: l2Normalize(embeddings[i]) }] : [],
);
console.log(await calibrateFolder({ embeddings: found.map((f) => f.embedding), labels: found.map((f) => f.label) }));
