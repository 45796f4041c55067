/**
 * arcface beside other JavaScript packages, in one run: the same photographs, one after the other through each in turn, all on
 * one thread (TensorFlow.js's WebAssembly has no more in Node). Decoded pixels in, the description of the face nearest the
 * middle out. Accuracy on LFW's first two folds, 1,200 pairs, milliseconds a face as medians.
 *
 *     (cd bench/peers && npm ci --ignore-scripts) && npx tsx --conditions=arcface-source bench/peers/run.ts
 *         [--photographs N] [--state FILE] [--json]
 *
 * With --photographs only so many are looked at, and the pairs among them are measured. With --state every answer is kept as a line of that
 * file, and the next run goes on from there.
 */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { latencyOf } from "../../src/bench/statistics.ts";
import { parseLfwPairs } from "../../src/data/lfw.ts";
import { createNodeHost } from "../../src/host/host.node.ts";
import type { Image } from "../../src/image/image.ts";
import { accuracyOf } from "./two-folds.ts";

const { values } = parseArgs({
  options: {
    photographs: { type: "string" },
    state: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const DATA = process.env.ARCFACE_DATA ?? "../shared/data";
const WARM_UP = 10;
const FOLDS = 2;

type Answer = { readonly embedding: readonly number[] | null; readonly ms: number };
/** An answer of contender `c` on the photograph `index`, the `i`th in turn. */
type Kept = Answer & { readonly c: number; readonly i: number; readonly index: number };
type Contender = {
  readonly name: string;
  /** `null` where it describes no faces. */
  readonly score: ((a: readonly number[], b: readonly number[]) => number) | null;
  readonly describe: (image: Image) => Promise<Answer>;
  readonly stop: () => void;
};

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
/** What both packages compare by. */
const distance = (a: readonly number[], b: readonly number[]): number =>
  -Math.sqrt(a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0));

async function startNode(name: string, script: string, score: Contender["score"]): Promise<Contender> {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx"));
  const child = fork(join(import.meta.dirname, script), {
    serialization: "advanced",
    execArgv: script === "ours.mjs" ? ["--import", tsx.href] : [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const next = () =>
    new Promise<Record<string, never>>((resolve, reject) => {
      const onExit = (code: number | null) => reject(new Error(`${name}: ended with ${code}`));
      child.once("exit", onExit);
      child.once("message", (message) => {
        child.off("exit", onExit);
        resolve(message as Record<string, never>);
      });
    });
  await next();
  return {
    name,
    score,
    stop: () => child.kill(),
    async describe(picture) {
      const answer = next();
      child.send({ id: 0, picture });
      const { error, embedding, ms } = await answer;
      if (error) throw new Error(`${name}: ${error}`);
      return { embedding, ms } as unknown as Answer;
    },
  };
}

/** Debian's OpenCV; null where it or the network is not there. */
async function startOpenCv(): Promise<Contender | null> {
  const model = join(DATA, "models", "face_detection_yunet_2023mar.onnx");
  if (!existsSync(model)) return null;
  const child: ChildProcess = spawn("/usr/bin/python3", [join(import.meta.dirname, "yunet.py"), model], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done) return null;
  const { version } = JSON.parse(first.value) as { version: string };
  return {
    name: `OpenCV ${version}, YuNet, detection alone`,
    score: null,
    stop: () => child.kill(),
    async describe({ width, height, data }) {
      child.stdin!.write(Buffer.concat([Buffer.from(Uint32Array.of(width, height).buffer), data]));
      const { found, ms } = JSON.parse((await lines.next()).value as string) as { found: boolean; ms: number };
      return { embedding: found ? [] : null, ms };
    },
  };
}

const versionOf = (name: string): string =>
  (
    JSON.parse(readFileSync(join(import.meta.dirname, "node_modules", name, "package.json"), "utf8")) as {
      version: string;
    }
  ).version;

if (!existsSync(join(import.meta.dirname, "node_modules")))
  throw new Error("the peers are not installed: (cd bench/peers && npm ci --ignore-scripts)");
const lfw = join(DATA, "lfw");
const { images, pairs } = parseLfwPairs(readFileSync(join(lfw, "pairs.txt"), "utf8"));
const wanted = pairs.filter(({ fold }) => fold < FOLDS);
// Same and different pairs of both folds in turn, so that the first so many photographs are a fair part.
const PER_KIND = wanted.length / FOLDS / 2;
const inTurn = Array.from(
  { length: wanted.length },
  (_, i) => wanted[(i % (2 * FOLDS)) * PER_KIND + Math.floor(i / (2 * FOLDS))]!,
);
const all = [...new Set(inTurn.flatMap(({ a, b }) => [a, b]))];
const limit = values.photographs === undefined ? all.length : Number(values.photographs) + WARM_UP;
const chosen = all.slice(0, limit);

const tfjs = `TensorFlow.js ${versionOf("@tensorflow/tfjs")} WebAssembly`;
const openCv = await startOpenCv();
const contenders: Contender[] = [
  await startNode("arcface, default networks", "ours.mjs", dot),
  await startNode(`@vladmandic/face-api ${versionOf("@vladmandic/face-api")}, ${tfjs}`, "face-api.mjs", distance),
  await startNode(`@vladmandic/human ${versionOf("@vladmandic/human")}, ${tfjs}`, "human.mjs", distance),
  ...(openCv ? [openCv] : []),
];
const { codec } = createNodeHost();
const embeddings = contenders.map(() => new Map<number, readonly number[] | null>());
const times = contenders.map((): number[] => []);
const record = ({ c, i, index, embedding, ms }: Kept): void => {
  embeddings[c]!.set(index, embedding);
  if (i >= WARM_UP) times[c]!.push(ms);
};
readKept().forEach(record);
for (const [i, index] of chosen.entries()) {
  if (embeddings.every((found) => found.has(index))) continue;
  const path = join(lfw, images[index]!);
  const image = await codec.decode(readFileSync(path), path);
  const answers: Kept[] = [];
  // Another one begins each time.
  for (let turn = 0; turn < contenders.length; turn++) {
    const c = (i + turn) % contenders.length;
    const { embedding, ms } = await contenders[c]!.describe(image);
    answers.push({ c, i, index, embedding: embedding?.map((x) => Number(x.toPrecision(7))) ?? null, ms });
  }
  answers.forEach(record);
  if (values.state !== undefined)
    appendFileSync(values.state, answers.map((answer) => `${JSON.stringify(answer)}\n`).join(""));
  if (i % 100 === 99) console.error(`${i + 1} of ${chosen.length} photographs`);
}
for (const { stop } of contenders) stop();

/** What an earlier run kept; a line that was cut short is none. */
function readKept(): Kept[] {
  if (values.state === undefined || !existsSync(values.state)) return [];
  const lines = readFileSync(values.state, "utf8").split("\n").slice(0, -1);
  const kept = lines.map((line) => JSON.parse(line) as Kept);
  return [...new Map(kept.map((answer) => [`${answer.c} ${answer.index}`, answer])).values()];
}

const ours = latencyOf(times[0]!).p50;
const rows = contenders.map(({ name, score }, c) => {
  const { p50, p90 } = latencyOf(times[c]!);
  const found = embeddings[c]!;
  const known = wanted.filter(({ a, b }) => found.has(a) && found.has(b));
  const scored = known.map(({ a, b, same, fold }) => {
    const [first, second] = [found.get(a), found.get(b)];
    return { same, fold, score: score && first && second ? score(first, second) : -Infinity };
  });
  const accuracy = score && known.length > 0 ? (100 * accuracyOf(scored).accuracy).toFixed(2) : "–";
  const missed = [...found.values()].filter((embedding) => embedding === null).length;
  return [
    name,
    accuracy,
    `${score ? known.length : 0}`,
    `${missed} of ${found.size}`,
    p50.toFixed(1),
    p90.toFixed(1),
    `${(p50 / ours).toFixed(1)}×`,
  ];
});
const columns = ["package", "LFW folds 1–2, %", "pairs", "missed", "ms a face, median", "90 %", "over ours"];
const title = `Peers: detect and describe, one thread each, ${Math.max(...times.map(({ length }) => length))} photographs timed`;
if (values.json) console.log(JSON.stringify({ title, columns, rows }));
else console.log([title, ...[columns, ...rows].map((row) => row.join("  |  "))].join("\n"));
process.exit();
