import { expected } from "../../errors.ts";
import { figureOf } from "../../evaluate/summary.ts";
import type { PeopleVerification } from "../../finetune/people-verification.ts";
import { type CliContext, defineCommand } from "../command.ts";
import { loadEmbedder, nodeOptions } from "../open.node.ts";
import { given, modelOptions, runOptions, toAlignedLfw } from "../options.ts";

// Modules that only a run needs.
const loadFinetune = () => import("../../finetune/finetune.node.ts");
const loadData = () => import("../../data/open-labelled-images.node.ts");
const loadEvaluation = () => import("../../evaluate/evaluate.node.ts");

export const finetune = defineCommand({
  name: "finetune",
  arguments: "",
  summary: "train a recogniser further on people of your own",
  examples: [
    "arcface finetune --data crops/ --out tuned/",
    "arcface finetune --data crops/ --layers last:3 --test 20 --validate 5 --out tuned/",
    "arcface verify a.jpg b.jpg --model tuned/tuned.onnx",
  ],
  options: {
    data: { type: "string", value: "DIR", describe: "aligned 112×112 crops, a folder a person; or a .rec, a .lst" },
    out: { type: "string", short: "o", value: "DIR", describe: "checkpoints, log and tuned.onnx (default finetuned)" },
    layers: { type: "string", value: "all|last:N", describe: "which layers learn (default last:4)" },
    epochs: { type: "number", min: 1, integer: true, describe: "times that every crop is seen (default 2)" },
    batchSize: { type: "number", min: 2, integer: true, describe: "crops a step (default 32)" },
    lr: { type: "number", value: "RATE", describe: "learning rate of the network (default 0.001)" },
    headLr: { type: "number", value: "RATE", describe: "of the people's centres (default 0.01)" },
    margin: { type: "number", min: 0, max: 1, describe: "ArcFace's m, radians (default 0.5)" },
    scale: { type: "number", min: 1, describe: "ArcFace's s (default 64)" },
    anchor: { type: "number", min: 0, describe: "hold embeddings near the old ones, so strongly (default 0)" },
    validate: {
      type: "number",
      min: 0,
      integer: true,
      describe: "people held back to choose the best epoch (default: one in ten)",
    },
    test: {
      type: "number",
      min: 0,
      integer: true,
      describe: "people held back to measure before and after (default: one in five)",
    },
    seed: { type: "number", min: 0, integer: true, describe: "of who is held back, and of the order (default 0)" },
    ...runOptions,
    ...modelOptions,
  },
  async run(args, options, context) {
    const { data, out = "finetuned", model, card, resume, workers } = options;
    if (args.length > 0 || data === undefined) throw expected("finetune", "--data DIR", args.join(" ") || "none");
    const lfw = toAlignedLfw("finetune", options);
    const networks = { ...nodeOptions(context, { threads: 2, ...options }), ...given({ model, card }) };
    const { finetune } = await loadFinetune();
    const began = performance.now();
    const result = await finetune({
      ...networks,
      ...given({ resume, workers }),
      data,
      out,
      settings: await settingsOf(data, options),
      command: `arcface finetune ${model ? `--model ${model} ` : ""}--data ${data}`,
      onLog: ({ step, loss, accuracy, lr, speed }) =>
        context.note(
          `step ${step}  loss ${loss.toFixed(3)}  right ${(100 * accuracy).toFixed(1)} %  lr ${lr.toFixed(5)}  ${speed.toFixed(1)} crops/s`,
        ),
      onValidation: ({ step, target, accuracy }) => context.note(`step ${step}  ${target} ${accuracy.toFixed(2)}`),
      onNote: (note) => context.note(note),
    });
    const lfwOf = (choice: object) => (lfw ? measureLfw({ ...networks, ...choice }, lfw, context) : null);
    const lfwBefore = await lfwOf({});
    const lfwAfter = await lfwOf({ model: result.model, card: result.card });
    const { log, ...rest } = result;
    const seconds = Math.round((performance.now() - began) / 1000);
    return { ...rest, last: log.at(-1) ?? null, lfwBefore, lfwAfter, seconds };
  },
  format: ({ from, model, card, people, images, epoch, steps, before, after, lfwBefore, lfwAfter, seconds }) =>
    [
      `${from}: ${steps} steps on ${images} crops of ${people.train} people in ${seconds} s; ${kept(epoch)}`,
      ...(before && after ? [`people it never saw (${after.people}, ${after.images} crops, every pair):`] : []),
      ...(before ? [`  before  ${line(before)}`] : []),
      ...(after ? [`  after   ${line(after)}`] : []),
      ...(lfwBefore && lfwAfter
        ? [`LFW, aligned crops: ${percent(lfwBefore)} before, ${percent(lfwAfter)} after`]
        : []),
      `${model} and its card ${card}: --model ${model} uses it.`,
      "Templates of the old network do not compare with the new one's: enrol people again.",
    ].join("\n"),
});

type Values = Readonly<Record<"validate" | "test" | "epochs" | "batchSize" | "lr" | "headLr", number | undefined>> & {
  readonly layers?: string;
  readonly margin?: number;
  readonly scale?: number;
  readonly anchor?: number;
  readonly seed?: number;
};

async function settingsOf(data: string, options: Partial<Values>) {
  const { layers, margin, scale, epochs, validate, test, batchSize, lr, headLr, anchor, seed } = options;
  const classes = await countPeople(data);
  return {
    ...given({
      batchSize,
      lr,
      headLr,
      anchor,
      seed,
      numEpoch: epochs,
      layers: layers === undefined ? undefined : layersOf(layers),
    }),
    loss: { kind: "margin", marginList: [1, margin ?? 0.5, 0], s: scale ?? 64 } as const,
    validation: validate ?? share(classes, 10),
    test: test ?? share(classes, 5),
  };
}

async function countPeople(data: string): Promise<number> {
  const { openLabelledImages } = await loadData();
  await using images = await openLabelledImages(data);
  return images.classes;
}

/** One in so many, or nobody where that were too few to make pairs of two. */
const share = (classes: number, one: number): number => (classes >= 2 * one ? Math.round(classes / one) : 0);

function layersOf(text: string): "all" | { last: number } {
  if (text === "all") return "all";
  const last = /^last:(\d+)$/.exec(text)?.[1];
  if (last === undefined) throw expected("--layers", "all or last:N", text);
  return { last: Number(last) };
}

async function measureLfw(
  networks: object,
  { lfw, aligned }: { readonly lfw: string; readonly aligned: string },
  { signal, progress }: CliContext,
): Promise<number> {
  const { evaluateLfwAligned } = await loadEvaluation();
  await using embedder = await loadEmbedder(networks);
  const onProgress = ({ done, total }: { done: number; total: number }) => progress.update("LFW", done, total);
  const evaluation = await evaluateLfwAligned(embedder, lfw, aligned, { signal, onProgress });
  return figureOf(evaluation, "accuracy")!.value!;
}

const percent = (rate: number): string => `${(100 * rate).toFixed(2)} %`;

function line({ eer, atFar }: PeopleVerification): string {
  const rates = Object.entries(atFar).map(([rate, at]) => `${rate} ${at ? percent(at.tar) : "too few pairs"}`);
  return `EER ${percent(eer)}   TAR at FAR ${rates.join("   ")}`;
}

const kept = (epoch: number): string =>
  epoch === 0 ? "no epoch was better than the network as it was, which is kept" : `epoch ${epoch} is kept`;
