/**
 * What a face costs: decode, detect, align, embed, on one thread, as medians, and how much of it the networks alone take.
 *
 *     npx tsx --conditions=arcface-source bench/face.ts [FOLDER] [--json]       photographs of about 250×250 with a face each; default LFW's in ARCFACE_DATA
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { median } from "../src/bench/statistics.ts";
import { imagesIn } from "../src/cli/images.node.ts";
import { createNodeHost } from "../src/host/host.node.ts";
import { imagesToTensor } from "../src/image/to-tensor.ts";
import { loadRecognizer, openNodeZoo } from "../src/recognize/compose.node.ts";
import { DEFAULT_RECOGNIZER } from "../src/recognize/load.ts";
import { openNetwork } from "../src/recognize/open-network.ts";

const PHOTOS = 200;
const WARM_UP = 20;

const { values, positionals } = parseArgs({ options: { json: { type: "boolean" } }, allowPositionals: true });
const folder = positionals[0] ?? join(process.env.ARCFACE_DATA ?? "../shared/data", "lfw");
if (!existsSync(folder)) throw new Error(`${folder} is not there: name a folder of photographs`);
const files = (await imagesIn(folder)).slice(0, PHOTOS + WARM_UP);
await using recognizer = await loadRecognizer();
const host = createNodeHost();
const card = await openNodeZoo().card(DEFAULT_RECOGNIZER);
const models = await openNodeZoo().ensure([DEFAULT_RECOGNIZER]);
await using bare = await openNetwork(host, models.get(DEFAULT_RECOGNIZER)!, { threads: 1 });

const times: Record<"decode" | "detect" | "align" | "embed" | "network", number[]> = {
  decode: [],
  detect: [],
  align: [],
  embed: [],
  network: [],
};
for (const [i, file] of files.entries()) {
  const bytes = await host.read(file);
  const timed = async <T>(what: keyof typeof times, run: () => T | Promise<T>): Promise<T> => {
    const start = performance.now();
    const result = await run();
    if (i >= WARM_UP) times[what].push(performance.now() - start);
    return result;
  };
  const image = await timed("decode", () => host.codec.decode(bytes, file));
  const [face] = await timed("detect", () => recognizer.detector.detect(image, { expectFace: true }));
  const crop = await timed("align", () => recognizer.align(image, face!));
  await timed("embed", () => recognizer.embedder.embed([crop]));
  const tensor = imagesToTensor([crop], card.model!.input);
  await timed("network", () => bare.session.run({ [bare.input.name]: tensor }));
}
const [decode, detect, align, embed, network] = (["decode", "detect", "align", "embed", "network"] as const).map((k) =>
  median(times[k]),
) as [number, number, number, number, number];
const table = {
  title: `A face, ${PHOTOS} photographs, 1 thread, medians`,
  columns: ["step", "ms"],
  rows: (
    [
      ["decode", decode],
      ["detect, with landmarks", detect],
      ["align", align],
      ["embed", embed],
      ["detect + align + embed", detect + align + embed],
      ["embed / its network alone", embed / network],
      ["whole / recognition network", (detect + align + embed) / network],
    ] as const
  ).map(([name, value]) => [name, value.toFixed(2)]),
};
if (values.json) console.log(JSON.stringify(table));
else
  console.log(
    [table.title, ...table.rows.map(([name, value]) => `${name!.padEnd(28)}${value!.padStart(8)}`)].join("\n"),
  );
