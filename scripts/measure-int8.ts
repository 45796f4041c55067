/**
 * What 8 bits cost and bring. In order:
 *
 *     npx tsx --conditions=arcface-source scripts/measure-int8.ts choices DATA OUT 2  # accuracy (of LFW's first two folds) and size of each choice; files into OUT
 *     npx tsx --conditions=arcface-source scripts/measure-int8.ts networks DATA OUT   # other networks and a detector; files into OUT
 *     npx tsx --conditions=arcface-source scripts/measure-int8.ts times OUT           # all files in OUT/choices, in one run
 *     npx tsx --conditions=arcface-source scripts/measure-int8.ts split FILE FILE…    # images a second at every split of two cores
 *     npx tsx --conditions=arcface-source scripts/measure-int8.ts layers FILE         # where one inference's time goes, one thread
 *
 * DATA is a folder with lfw/, lfw_aligned112/, pins/, photos/ and models/.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Choice, measureChoices } from "./int8/choices.ts";
import { timeOfLayers } from "./int8/layers.ts";
import { measureNetworks } from "./int8/networks.ts";
import { rateOf } from "./int8/timing.ts";

const [what, ...args] = process.argv.slice(2);
const SPLITS = [
  { sessions: 1, threads: 1, batch: 1 },
  { sessions: 1, threads: 2, batch: 1 },
  { sessions: 1, threads: 2, batch: 8 },
  { sessions: 2, threads: 1, batch: 1 },
  { sessions: 2, threads: 1, batch: 8 },
];

if (what === "choices") {
  const [data, out, folds = "10"] = args as [string, string, string?];
  const choices = await measureChoices(data, join(out, "choices"), Number(folds));
  writeFileSync(join(out, "choices.json"), JSON.stringify(choices, null, 1));
} else if (what === "networks") {
  const [data, out] = args as [string, string];
  await measureNetworks(data, out);
} else if (what === "times") {
  const [out] = args as [string];
  const choices = JSON.parse(readFileSync(join(out, "choices.json"), "utf8")) as Choice[];
  const files = readdirSync(join(out, "choices"));
  const times = new Map<string, number[]>(files.map((file) => [file, []]));
  for (let round = 0; round < 3; round++) {
    for (const file of files) {
      const rate = await rateOf(join(out, "choices", file), { sessions: 1, threads: 1, batch: 1 }, 0.7);
      times.get(file)!.push(1000 / rate);
    }
  }
  console.log("| form | MB | cosine to fp32, mean / least | LFW | ms a face, 1 thread |\n|---|--:|--:|--:|--:|");
  for (const { name, bytes, cosine, least, accuracy } of choices) {
    const ms = times.get(`${name.replaceAll(" ", "-")}.onnx`)!.sort((a, b) => a - b)[1]!;
    const size = (bytes / 1e6).toFixed(2);
    console.log(
      `| ${name} | ${size} | ${cosine.toFixed(4)} / ${least.toFixed(4)} | ${(100 * accuracy).toFixed(2)} % | ${ms.toFixed(2)} |`,
    );
  }
} else if (what === "split") {
  console.log("| file | sessions × threads × batch | images a second |\n|---|---|--:|");
  for (const split of SPLITS) {
    for (const path of args) {
      const rate = await rateOf(path, split, 2.5);
      console.log(`| ${basename(path)} | ${split.sessions} × ${split.threads} × ${split.batch} | ${rate.toFixed(2)} |`);
    }
  }
} else if (what === "layers") {
  console.log("| node, weights → output | nodes | ms | GMAC/s |\n|---|--:|--:|--:|");
  for (const path of args) console.log((await timeOfLayers(path)).join("\n"));
} else {
  console.error("expected choices, networks, times, split or layers");
  process.exitCode = 2;
}
