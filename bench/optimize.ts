/**
 * What the graph passes are worth: networks as they were published or exported, and after passes, in turns within one
 * run, so that ratios hold on a busy machine. Outputs are compared with those of the first row: of the default recogniser on
 * real faces, of others on what looks random.
 *
 *     npx tsx --conditions=arcface-source bench/optimize.ts [--json] [--threads N] [NETWORK…]
 *
 * Networks: recogniser, iresnet50, shifted, iresnet100, scrfd, foliu, prelu (its forms, by layout). Default: all but iresnet100.
 * LFW's crops and files of others lie in ARCFACE_DATA.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createNodeHost } from "../src/host/host.node.ts";
import type { Session } from "../src/host/host.ts";
import { imagesToTensor } from "../src/image/to-tensor.ts";
import { buildNet } from "../src/nets/registry.ts";
import { countModel } from "../src/onnx/count.ts";
import { decodeModel, describeModel, encodeModel } from "../src/onnx/model.ts";
import { noise } from "../src/onnx/noise.ts";
import { OPTIMIZE_PASSES, type OptimizePass, optimizeModel } from "../src/onnx/optimize.ts";
import type { ModelProto } from "../src/onnx/schema.ts";
import { openNodeZoo } from "../src/recognize/compose.node.ts";
import { DEFAULT_RECOGNIZER } from "../src/recognize/load.ts";
import { float32, sizeOf, type Tensor } from "../src/tensor/tensor.ts";
import { openOn, type Place } from "./optimize/places.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean" }, threads: { type: "string" } },
});
const threads = Number(values.threads ?? 1);
const data = process.env.ARCFACE_DATA ?? "../shared/data";
const FACES = 60;
/** Of one network: warm-up apart. */
const LEAST_MILLISECONDS = 6000;
const MOST_ROUNDS = 60;

type Step = { readonly name: string; readonly model: ModelProto; readonly place?: Place };
type Row = (string | number)[];
const COLUMNS = ["network", "step", "nodes", "MACs", "MB", "ms", "times as fast", "largest difference", "cosine"];
const rows: Row[] = [];

const steps = (model: ModelProto, list: readonly (readonly [string, readonly OptimizePass[]])[]): Step[] =>
  list.map(([name, passes]) => ({ name, model: optimizeModel(model, passes) }));

/** The passes up to one, that one too. */
const until = (last: OptimizePass): OptimizePass[] => OPTIMIZE_PASSES.slice(0, OPTIMIZE_PASSES.indexOf(last) + 1);

const plain = (first: string, model: ModelProto): Step[] =>
  steps(model, [
    [first, []],
    ["batch norms folded", until("batchNormsOn")],
    ["all passes", OPTIMIZE_PASSES],
    ["all, half weights", [...OPTIMIZE_PASSES, "halfWeights"]],
  ]);

const fileOf = (name: string): ModelProto | null => {
  const path = join(data, "models", name);
  if (existsSync(path)) return decodeModel(new Uint8Array(readFileSync(path)), name);
  console.error(`${path} is not there: left out`);
  return null;
};

const NETWORKS: Readonly<Record<string, () => Promise<void>>> = {
  async recogniser() {
    const list = steps(await publishedRecogniser(), [
      ["as published", []],
      ["denormals flushed", ["flushDenormals"]],
      ["dead channels left out", until("deadChannels")],
      ["all passes (PRelu's form)", OPTIMIZE_PASSES],
      ["all, half weights", [...OPTIMIZE_PASSES, "halfWeights"]],
    ]);
    await race("default recogniser", list, await faces());
  },
  iresnet50: () => race("iresnet50", plain("plain export", buildNet("iresnet50")), [random([1, 3, 112, 112])]),
  async shifted() {
    const [input] = [random([1, 3, 112, 112])];
    await race("iresnet50, shifts as of training", plain("plain export", withShifts(buildNet("iresnet50"))), [input]);
  },
  iresnet100: () =>
    race("iresnet100", plain("plain export", buildNet("iresnet100")).slice(0, 3), [random([1, 3, 112, 112])]),
  async scrfd() {
    const model = fileOf("det_500m.onnx");
    if (model) await race("SCRFD-500M, 640×640", plain("as published", model), [random([1, 3, 640, 640])]);
  },
  async foliu() {
    const model = fileOf("mobilefacenet_foamliu.onnx");
    if (model) await race("MobileFaceNet of foamliu", plain("as published", model), [random([1, 3, 112, 112])]);
  },
  async prelu() {
    const prelu = optimizeModel(await publishedRecogniser(), until("deadChannels"));
    const form = optimizeModel(prelu, ["preluForm"]);
    for (const place of ["blocked", "plain", "wasm"] as const) {
      const both = [
        { name: `PRelu, ${place} layout`, model: prelu, place },
        { name: `the form, ${place} layout`, model: form, place },
      ];
      await race("default recogniser", both, [random([1, 3, 112, 112])]);
    }
  },
};

const wanted = positionals.length > 0 ? positionals : Object.keys(NETWORKS).filter((name) => name !== "iresnet100");
for (const name of wanted) {
  if (!NETWORKS[name]) throw new Error(`${name}: expected some of ${Object.keys(NETWORKS).join(", ")}`);
  await NETWORKS[name]!();
}
const title = `Graph passes, ${threads} thread${threads === 1 ? "" : "s"}, one image, medians`;
if (values.json) console.log(JSON.stringify({ title, columns: COLUMNS, rows }));

async function publishedRecogniser(): Promise<ModelProto> {
  const zoo = openNodeZoo();
  await zoo.ensure([DEFAULT_RECOGNIZER]);
  const path = (await zoo.paths(DEFAULT_RECOGNIZER, { published: true })).get(DEFAULT_RECOGNIZER)!;
  return decodeModel(new Uint8Array(readFileSync(path)), path);
}

/** Batch normalisations with scales, shifts and means all different, as training leaves them; a new network has none. */
function withShifts(model: ModelProto): ModelProto {
  const constants = new Map(model.graph!.initializer.map((tensor) => [tensor.name, tensor]));
  for (const [i, { opType, input }] of model.graph!.node.entries()) {
    if (opType !== "BatchNormalization") continue;
    const deviation = new Float32Array(constants.get(input[4]!)!.rawData.slice().buffer).map(Math.sqrt);
    const shape = (centre: number, by: (c: number) => number, seed: number) =>
      new Uint8Array(noise(deviation.length, seed).map((x, c) => centre + (x / 2) * by(c)).buffer);
    constants.get(input[1]!)!.rawData = shape(1, () => 1, 3 * i);
    constants.get(input[2]!)!.rawData = shape(0, () => 1, 3 * i + 1);
    constants.get(input[3]!)!.rawData = shape(0, (c) => deviation[c]!, 3 * i + 2);
  }
  return model;
}

/** LFW's crops, as the recogniser's card feeds them. */
async function faces(): Promise<Tensor[]> {
  const folder = join(data, "lfw_aligned112");
  if (!existsSync(folder)) {
    console.error(`${folder} is not there: what looks random is fed`);
    return [random([1, 3, 112, 112])];
  }
  const files = (readdirSync(folder, { recursive: true }) as string[]).filter((file) => file.endsWith(".jpg")).sort();
  const every = Math.floor(files.length / FACES);
  const host = createNodeHost();
  const card = await openNodeZoo().card(DEFAULT_RECOGNIZER);
  const chosen = files.filter((_, i) => i % every === 0).slice(0, FACES);
  const images = chosen.map(async (file) => host.codec.decode(readFileSync(join(folder, file)), file));
  return (await Promise.all(images)).map((image) => imagesToTensor([image], card.model!.input));
}

function random(shape: readonly number[]): Tensor {
  return float32(noise(sizeOf(shape), 1), [...shape]);
}

async function race(network: string, list: readonly Step[], inputs: readonly Tensor[]): Promise<void> {
  const sessions: Session[] = [];
  for (const { name, model, place } of list)
    sessions.push(await openOn(place ?? "blocked", encodeModel(model), name, threads));
  const times = list.map((): number[] => []);
  const furthest = list.map(() => ({ difference: 0, cosine: 1 }));
  const begin = performance.now();
  const rounds = Math.max(inputs.length, MOST_ROUNDS);
  for (let round = -3; round < rounds; round++) {
    const enough = round >= inputs.length && performance.now() - begin > LEAST_MILLISECONDS;
    if (enough) break;
    const x = inputs[(round + inputs.length * 3) % inputs.length]!;
    const answers: Float32Array[] = [];
    for (const [i, session] of sessions.entries()) {
      const start = performance.now();
      const answer = await session.run({ [session.inputs[0]!.name]: x });
      if (round >= 0) times[i]!.push(performance.now() - start);
      answers.push(Object.values(answer)[0]!.data as Float32Array);
      const own = compare(answers[0]!, answers[i]!);
      furthest[i]!.difference = Math.max(furthest[i]!.difference, own.difference);
      furthest[i]!.cosine = Math.min(furthest[i]!.cosine, own.cosine);
    }
  }
  const medians = times.map((own) => own.sort((a, b) => a - b)[own.length >> 1]!);
  const inputShapes = { [describeModel(list[0]!.model).inputs[0]!.name]: inputs[0]!.shape };
  for (const [i, { name, model }] of list.entries()) {
    const row: Row = [
      network,
      name,
      model.graph!.node.length,
      countModel(model, { inputShapes }).macs ?? "?",
      (encodeModel(model).length / 1e6).toFixed(2),
      medians[i]!.toFixed(2),
      (medians[0]! / medians[i]!).toFixed(2),
      i === 0 ? "" : furthest[i]!.difference.toExponential(1),
      i === 0 ? "" : furthest[i]!.cosine.toFixed(9),
    ];
    rows.push(row);
    if (!values.json) console.log(`| ${row.join(" | ")} |`);
  }
  for (const session of sessions) await session[Symbol.asyncDispose]();
}

function compare(a: Float32Array, b: Float32Array): { difference: number; cosine: number } {
  let [difference, product, own, other] = [0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    difference = Math.max(difference, Math.abs(a[i]! - b[i]!));
    product += a[i]! * b[i]!;
    own += a[i]! ** 2;
    other += b[i]! ** 2;
  }
  return { difference, cosine: product / Math.sqrt(own * other) };
}
