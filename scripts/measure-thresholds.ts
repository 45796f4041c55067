/**
 * Thresholds for a recogniser's card: every photograph of LFW against every other, end to end, without mirror images,
 * as `verify` and `identify` embed.
 *
 *     npx tsx --conditions=arcface-source scripts/measure-thresholds.ts LFW_DIR [recogniser slug]
 */
import { join } from "node:path";
import { loadLfwFolder } from "../src/data/pair-folder.node.ts";
import { embedAll } from "../src/evaluate/embed-all.ts";
import { folderThresholds } from "../src/evaluate/folder-thresholds.ts";
import { embedPhotograph } from "../src/evaluate/verification.node.ts";
import { loadRecognizer } from "../src/recognize/compose.node.ts";

const [data, model] = process.argv.slice(2);
if (data === undefined) throw new Error("name LFW's folder");
await using recognizer = await loadRecognizer(model === undefined ? {} : { model });
const { pairSet, root } = await loadLfwFolder(data);
const { embeddings } = await embedAll(pairSet.images, {
  embed: (image) => embedPhotograph(recognizer, join(root, image), { flip: false }),
  onProgress: ({ done, total, missed }) => {
    if (done % 500 === 0) console.error(`${done} of ${total}, ${missed} missed`);
  },
});
const found = pairSet.images.flatMap((image, i) =>
  embeddings[i] ? [{ label: image.split("/")[0]!, embedding: embeddings[i] }] : [],
);
console.log(await folderThresholds({ embeddings: found.map((f) => f.embedding), labels: found.map((f) => f.label) }));
