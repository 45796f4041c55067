import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { lockFolder } from "../bytes/lock-folder.node.ts";
import { writeWhole } from "../bytes/write-whole.node.ts";
import type { LabelledImages } from "../data/labelled-images.ts";
import { openLabelledImages } from "../data/open-labelled-images.node.ts";
import { ArcfaceError } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import { decodeModel, encodeModel } from "../onnx/model.ts";
import { optimizeModel } from "../onnx/optimize.ts";
import type { ModelProto } from "../onnx/schema.ts";
import { loadRecognizerModel, type ModelChoice, type NodeOptions } from "../recognize/compose.node.ts";
import type { LogEntry, Validation } from "../train/log.ts";
import type { TrainingState } from "../train/state.ts";
import type { Card, CardOf } from "../zoo/cards/card.ts";
import { embedderOf, embedPictures } from "./embed-pictures.node.ts";
import { parameterName } from "./file-net.ts";
import type { Finetuned } from "./finetuned.ts";
import { type LearntWeights, learntWeights, withWeights } from "./learnt-weights.ts";
import { checkSettings, FINETUNE_DEFAULTS, type FinetuneSettings } from "./options.ts";
import { picturesOf, splitPeople } from "./people-split.ts";
import { type PeopleVerification, samplePictures, verifyPeople } from "./people-verification.ts";
import { runEpochs } from "./run.node.ts";
import { finetuneStep } from "./step-graph.ts";
import { writeTunedCard } from "./tuned-card.node.ts";

export type FinetuneOptions = NodeOptions &
  ModelChoice & {
    /** Aligned crops: a folder a person; a .rec, a .lst; or a set, which stays its opener's. */
    readonly data: string | LabelledImages;
    /** The run's folder: checkpoints, log.jsonl, curves.svg, and in the end tuned.onnx and tuned.yaml. */
    readonly out: string;
    readonly settings?: Partial<FinetuneSettings>;
    /** Go on from the latest checkpoint, where there is one. Default false: a folder with checkpoints is refused. */
    readonly resume?: boolean;
    /** Threads that decode. Default 1. */
    readonly workers?: number;
    /** What the card says made it. */
    readonly command?: string;
    readonly onLog?: (entry: LogEntry) => void;
    readonly onValidation?: (validation: Validation) => void;
    /** Told what is trained, and what is not. */
    readonly onNote?: (note: string) => void;
  };

/** More pictures than this make more pairs than memory likes. */
const MOST_PICTURES = 3000;
/** Pictures of a person that a first centre is made of. */
const FOR_A_MEAN = 20;

/**
 * Go on training a recogniser on people of one's own: by ArcFace over them, from their mean embeddings, at a small rate. The
 * epoch that serves people held back best is kept.
 *
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where the network cannot be trained, which says why; MODEL_MISMATCH where it is no
 *   recogniser; INVALID_ARGUMENT; CONFLICT where another process is at work in the folder; as
 *   loadRecognizer, openLabelledImages and runEpochs.
 */
export async function finetune(options: FinetuneOptions): Promise<Finetuned> {
  const { data, out, onNote, signal, threads = 2 } = options;
  const settings = { ...FINETUNE_DEFAULTS, ...options.settings };
  checkSettings(settings);
  const loaded = await loadRecognizerModel(options);
  const card = recognizer(loaded.card);
  // As it is kept to run, a PRelu may be spelt out in convolutions, which are no layers to train.
  const model = optimizeModel(decodeModel(loaded.model!, card.slug), ["constantNodes", "fusePrelu", "deadNodes"]);
  const learnt = learntWeights(model, card.slug, settings.layers);
  await using opened = typeof data === "string" ? await openLabelledImages(data) : null;
  const all = opened ?? (data as LabelledImages);
  const people = splitPeople(all.classes, typeof data === "string" ? data : "finetune", settings);
  const [train, validation, test] = await Promise.all([
    picturesOf(all, people.train),
    picturesOf(all, people.validation),
    picturesOf(all, people.test),
  ]);
  await using _ = await lockFolder(out);
  onNote?.(describe(card.slug, learnt));

  const embed = async (bytes: Uint8Array, images: LabelledImages, which: readonly number[]) => {
    await using embedder = await embedderOf(card, bytes, threads);
    return await embedPictures(embedder, images, which, { signal });
  };
  const measure = async (bytes: Uint8Array, images: LabelledImages): Promise<PeopleVerification | null> => {
    if (images.count === 0) return null;
    const { embeddings, labels } = await embed(bytes, images, await samplePictures(images, MOST_PICTURES));
    return verifyPeople(embeddings, labels, { signal });
  };
  const original = encodeModel(model);
  const before = await measure(original, test);
  const known = await embed(original, train, await samplePictures(train, FOR_A_MEAN * train.classes));
  const path = join(out, "tuned.onnx");
  const run = await runEpochs({
    graphOf: (probe) =>
      finetuneStep(model, card, learnt.weights, { ...known, classes: train.classes }, settings, { probe }),
    images: train,
    size: card.model.input.width,
    settings,
    out,
    identity: JSON.stringify([settings, card.slug, loaded.sha256, all.classes, all.count]),
    resume: options.resume ?? false,
    threads,
    workers: options.workers ?? 1,
    onLog: options.onLog,
    onNote,
    signal,
    async onEpoch(state, earlier) {
      const bytes = state.step === 0 ? original : encodeModel(tuned(model, learnt, state));
      const found = await measure(bytes, validation);
      // Where nobody is held back, later is better.
      const accuracy = found ? 100 * (1 - found.eer) : state.step;
      const target = found ? "people held back, 1 − EER" : "nobody is held back: steps";
      if (earlier.every((one) => accuracy > one.accuracy)) await write(path, bytes);
      const entry = { step: state.step, target, accuracy, deviation: 0 };
      if (found) options.onValidation?.(entry);
      return entry;
    },
  });
  const best = run.validations.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  const bytes = await readFile(path);
  const result = {
    model: path,
    card: join(out, "tuned.yaml"),
    from: card.slug,
    people: { train: people.train.length, validation: people.validation.length, test: people.test.length },
    images: train.count,
    ...run,
    epoch: Math.round((best.step * settings.numEpoch) / run.steps),
    before,
    after: await measure(bytes, test),
  };
  await writeTunedCard(card, bytes, result, { settings, learnt, sha256: loaded.sha256, command: options.command });
  return result;
}

function recognizer(card: Card): CardOf<"recognizer"> {
  if (card.kind === "recognizer") return card;
  throw new ArcfaceError("MODEL_MISMATCH", `${card.slug}: expected a recogniser, got a ${card.kind}`, {
    hint: "`arcface models list` tells what each model is for",
  });
}

function tuned(model: ModelProto, { weights }: LearntWeights, { parameters }: TrainingState): ModelProto {
  const values = weights.map(({ name }) => {
    const { data } = parameters.get(parameterName(name))!;
    return [name, data as Float32Array<ArrayBuffer>] as const;
  });
  return withWeights(model, new Map(values));
}

async function write(path: string, bytes: Uint8Array): Promise<void> {
  await writeWhole(path, bytes).catch((error: unknown) => {
    throw fileError(error, path, "writing the network");
  });
}

/** What is trained, in a sentence. */
function describe(slug: string, { weights, layers, learntLayers, batchNorms }: LearntWeights): string {
  const numbers = weights.reduce((sum, { initial }) => sum + initial.length, 0);
  const norms =
    batchNorms > 0
      ? `its ${batchNorms} batch-norms keep the means and variances that they were trained with`
      : "the file has no batch-norms, they are folded into the layers or never were: weights and biases are trained as they are, at a small rate";
  const which = learntLayers === layers ? `all ${layers} layers` : `the last ${learntLayers} of ${layers} layers`;
  return `${slug}: ${which} learn, ${numbers} numbers; ${norms}`;
}
