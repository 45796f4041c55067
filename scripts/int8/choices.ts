/** Int8 forms of the default recogniser: every way to choose ranges, with and without what helps. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadLfwFolder } from "../../src/data/pair-folder.node.ts";
import { createNodeHost } from "../../src/host/host.node.ts";
import type { Image } from "../../src/image/image.ts";
import { imagesToTensor } from "../../src/image/to-tensor.ts";
import { kFoldAccuracy } from "../../src/metrics/verification.ts";
import { decodeModel, encodeModel } from "../../src/onnx/model.ts";
import { RANGE_METHODS } from "../../src/onnx/quantize/ranges.ts";
import type { ModelProto } from "../../src/onnx/schema.ts";
import { type Calibrated, calibrate, type Feed, quantizeCalibrated } from "../../src/quantize/calibrate.ts";
import { outputSimilarity } from "../../src/quantize/output-error.ts";
import { cropsOf } from "../../src/quantize/recognizer-feeds.node.ts";
import { answersOf, layerSensitivity } from "../../src/quantize/sensitivity.ts";
import { loadDetector, loadRecognizerModel } from "../../src/recognize/compose.node.ts";
import { dot, l2Normalize } from "../../src/tensor/vector.ts";
import type { CardOf } from "../../src/zoo/cards/card.ts";
import { picturesIn, spread } from "./pictures.ts";

/** Photographs of others than are measured on. */
const CALIBRATED_ON = 100;
const FACES_COMPARED = 100;
const PROBES = 8;

export type Choice = {
  name: string;
  bytes: number;
  cosine: number;
  least: number;
  /** LFW, aligned crops, one look a crop. */
  accuracy: number;
};

/** @param folds so many of LFW's ten are measured on. */
export async function measureChoices(data: string, out: string, folds: number): Promise<Choice[]> {
  mkdirSync(out, { recursive: true });
  const host = createNodeHost();
  const loaded = await loadRecognizerModel();
  const card = loaded.card as CardOf<"recognizer">;
  const { input } = card.model;
  await using detector = await loadDetector();
  const pictures = spread(picturesIn(join(data, "pins")), CALIBRATED_ON);
  const crops = await cropsOf(host, pictures, card, detector, {});
  const feeds = async function* () {
    for (const crop of crops) yield feedOf(crop);
  };
  const { pairSet, root } = await loadLfwFolder(join(data, "lfw"), { aligned: join(data, "lfw_aligned112") });
  const faces: Image[] = [];
  const pairs = pairSet.pairs.filter(({ fold }) => fold < folds);
  const wanted = [...new Set(pairs.flatMap(({ a, b }) => [a, b]))];
  const placeOf = new Map(wanted.map((image, place) => [image, place]));
  for (const i of wanted) faces.push(await host.codec.decode(await host.read(join(root, pairSet.images[i]!)), "lfw"));
  const feedOf = (crop: Image): Feed => ({ [input.name]: imagesToTensor([crop], input) });
  const compared = spread(faces, FACES_COMPARED).map(feedOf);
  const original = decodeModel(loaded.model!, card.slug);
  const calibrated = await calibrate(host.createSession, original, feeds, { name: card.slug });
  const unequal = await calibrate(host.createSession, original, feeds, { name: card.slug, equalize: false });
  const truth = await answersOf(host.createSession, original, compared, { name: card.slug });
  const probes = spread(faces, PROBES).map(feedOf);
  const ranking = await layerSensitivity(host.createSession, calibrated, probes, { name: card.slug });
  console.log(
    `most sensitive: ${ranking
      .slice(0, 6)
      .map(({ layer, error }) => `${layer} ${error.toExponential(1)}`)
      .join(", ")}`,
  );
  const choices: Choice[] = [];

  const measure = async (name: string, made: ModelProto): Promise<void> => {
    const bytes = encodeModel(made);
    writeFileSync(join(out, `${name.replaceAll(" ", "-")}.onnx`), bytes);
    const { mean, least } = outputSimilarity(truth, await answersOf(host.createSession, made, compared, { name }));
    await using session = await host.createSession(bytes, name);
    const rows: Float32Array[] = [];
    for (const crop of faces)
      rows.push(l2Normalize(Object.values(await session.run(feedOf(crop)))[0]!.data as Float32Array));
    const { accuracy } = kFoldAccuracy({
      scores: pairs.map(({ a, b }) => Math.max(-1, Math.min(1, dot(rows[placeOf.get(a)!]!, rows[placeOf.get(b)!]!)))),
      same: pairs.map(({ same }) => same),
      fold: pairs.map(({ fold }) => fold),
    });
    const choice = { name, bytes: bytes.length, cosine: mean, least, accuracy };
    console.log(JSON.stringify(choice));
    choices.push(choice);
  };

  await measure("fp32", original);
  for (const ranges of RANGE_METHODS) {
    for (const biasCorrection of [false, true])
      await measure(
        `${ranges}${biasCorrection ? " corrected" : ""}`,
        quantizeCalibrated(calibrated, { ranges, biasCorrection }),
      );
  }
  await measure("mse corrected unequal", quantizeCalibrated(unequal));
  await measure("mse corrected 7-bit", quantizeCalibrated(calibrated, { reduceRange: true }));
  for (const count of [2, 5, 10]) await measure(`mse corrected ${count} float`, mixed(calibrated, count));
  return choices;

  function mixed(from: Calibrated, count: number): ModelProto {
    return quantizeCalibrated(from, { stays: new Set(ranking.slice(0, count).map(({ layer }) => layer)) });
  }
}
