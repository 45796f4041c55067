/**
 * What a face costs: decode, detect, align, embed, on one thread, as medians, and how much of it the networks alone take.
 *
 *     npm run bench [-- FOLDER]       photographs of about 250×250 with a face each; default LFW's in ARCFACE_DATA
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { imagesIn } from "../src/cli/images.node.ts";
import { createNodeHost } from "../src/host/host.node.ts";
import { imagesToTensor } from "../src/image/to-tensor.ts";
import { loadRecognizer, openNodeZoo } from "../src/recognize/compose.node.ts";
import { DEFAULT_RECOGNIZER } from "../src/recognize/load.ts";
import { openNetwork } from "../src/recognize/open-network.ts";

const PHOTOS = 200;
const WARM_UP = 20;

const folder = process.argv[2] ?? join(process.env.ARCFACE_DATA ?? "../shared/data", "lfw");
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
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const row = (name: string, ms: number): string => `${name.padEnd(28)}${ms.toFixed(2).padStart(8)} ms`;
const [decode, detect, align, embed, network] = (["decode", "detect", "align", "embed", "network"] as const).map((k) =>
  median(times[k]),
) as [number, number, number, number, number];
console.log(`${PHOTOS} photographs, 1 thread, medians`);
console.log(
  [
    row("decode", decode),
    row("detect, with landmarks", detect),
    row("align", align),
    row("embed", embed),
    row("detect + align + embed", detect + align + embed),
  ].join("\n"),
);
console.log(`embed / its network alone     ${(embed / network).toFixed(2)}`);
console.log(`whole / recognition network   ${((detect + align + embed) / network).toFixed(2)}`);
