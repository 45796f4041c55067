import { resolve } from "node:path";
import { expected } from "../../errors.ts";
import { RANGE_METHODS } from "../../onnx/quantize/ranges.ts";
import { type QuantizedNetwork, type QuantizeNetworkOptions, spread } from "../../quantize/quantize-network.ts";
import type { QuantizeRecognizerOptions } from "../../quantize/quantize-recognizer.node.ts";
import type { Card } from "../../zoo/cards/card.ts";
import { defineCommand, type OptionSpecs } from "../command.ts";
import { outputFile, writeOutput } from "../draw.node.ts";
import { expandImages } from "../images.node.ts";
import { nodeOptions, openNodeZoo } from "../open.node.ts";
import { given, zooOptions } from "../options.ts";

const options = {
  calibrate: {
    type: "string",
    value: "DIR",
    describe: "photographs to measure activations on; of a recogniser, of faces",
  },
  crops: { type: "boolean", describe: "they are aligned crops: no detector looks for the face" },
  limit: {
    type: "number",
    value: "N",
    min: 1,
    integer: true,
    describe: "so many of them, from all over the folder (default 200)",
  },
  ranges: { type: "string", choices: RANGE_METHODS, describe: "how ranges of activations are chosen (default mse)" },
  pairs: {
    type: "string",
    value: "DIR|FILE",
    describe: "measure before and after: LFW's folder, a .bin, or a CSV of pairs in folds",
  },
  aligned: { type: "string", value: "DIR", describe: "LFW's aligned 112x112 crops" },
  maxLoss: {
    type: "number",
    value: "POINTS",
    min: 0,
    describe:
      "points of accuracy on --pairs (of a detector: of faces found) that may be lost; layers stay in float to keep it",
  },
  withoutBiasCorrection: { type: "boolean", describe: "leave biases as they are" },
  withoutEqualizing: { type: "boolean", describe: "leave channels as they are" },
  reduceRange: { type: "boolean", describe: "7-bit weights, for processors without VNNI or another 8-bit dot product" },
  card: { type: "string", value: "SLUG|FILE", describe: "the card that describes a network given as a file" },
  threads: { type: "number", min: 1, integer: true, describe: "threads within one run of a network (default 1)" },
  ...zooOptions,
} as const satisfies OptionSpecs;

export const modelsQuantize = defineCommand({
  name: "models quantize",
  arguments: "<in> <out>",
  summary: "a recogniser or detector in 8 bits, calibrated on photographs; it runs with the card it had",
  examples: [
    "arcface models quantize faceplugin/mobilefacenet int8.onnx --calibrate photos/",
    "arcface models quantize my.onnx int8.onnx --card my.yaml --calibrate crops/ --crops --pairs lfw/ --aligned lfw_aligned112/ --max-loss 0.1",
  ],
  options,
  async run(args, values, context) {
    const [name, out] = args;
    if (name === undefined || out === undefined || args.length !== 2)
      throw expected("models quantize", "a network and the file to write", args.join(" ") || "none");
    const { calibrate, limit = 200, card: cardName, pairs, aligned, ...rest } = values;
    if (calibrate === undefined) throw expected("models quantize", "--calibrate DIR, a folder of photographs", "none");
    if (resolve(name) === resolve(out))
      throw expected("models quantize", "another file to write than the one read", out);
    if (!/\.onnx$/i.test(out)) throw expected("models quantize", "a file called .onnx to write", out);
    await outputFile("models quantize", out);
    const files = spread(await expandImages("models quantize", [calibrate]), limit);
    const started = performance.now();
    const networks = nodeOptions(context, given({ commercial: rest.commercial, source: rest.source }));
    const { openModelFile } = await import("../../recognize/local-model.node.ts");
    const zoo = await openNodeZoo(context, given({ commercial: rest.commercial, source: rest.source }));
    const { card, model } = await openModelFile(zoo, name, { card: cardName, signal: context.signal });
    if (!card)
      throw expected(
        name,
        "a card beside the file",
        "none",
        "--card my.yaml, or the slug of a shipped card whose contract it shares",
      );
    const { crops, maxLoss, ranges = "mse", reduceRange, threads } = rest;
    let leftOut = 0;
    const how = {
      pictures: files,
      biasCorrection: !rest.withoutBiasCorrection,
      equalize: !rest.withoutEqualizing,
      signal: context.signal,
      ranges,
      ...given({ maxLoss, reduceRange, threads }),
      onProgress: (phase: string, done: number, total: number) => context.progress.update(phase, done, total),
      onUnread: (file: string, error: Error) => {
        leftOut++;
        context.note(`${file}: left out: ${error.message.replace(`${file}: `, "")}`);
      },
    };
    const made = await quantizeBy(card, model, how, { networks, ...given({ crops, pairs, aligned }) });
    const { model: bytes, ...report } = made;
    const cardFile = out.replace(/\.onnx$/i, ".yaml");
    const { int8Card } = await import("../../quantize/int8-card.node.ts");
    await writeOutput(out, bytes);
    await writeOutput(cardFile, await int8Card(card, { path: out, bytes, how: inWords(report, ranges) }));
    return {
      model: card.slug,
      out,
      card: cardFile,
      bytesBefore: model.length,
      bytesAfter: bytes.length,
      ranges,
      ...report,
      leftOut,
      seconds: (performance.now() - started) / 1000,
    };
  },
  async format(r) {
    const { layers, floatLayers, inputs, cosine, accuracy, faces, kept } = r;
    const [mb, percent] = [(bytes: number) => (bytes / 1e6).toFixed(2), (share: number) => (100 * share).toFixed(2)];
    return [
      `${r.out}: ${r.model} in 8 bits, ${mb(r.bytesBefore)} MB → ${mb(r.bytesAfter)} MB, its card beside it`,
      `layers         ${layers - floatLayers.length} of ${layers} in int8${floatLayers.length > 0 ? `; in float: ${floatLayers.join(", ")}` : ""}`,
      `calibrated on  ${inputs} inputs, ranges by ${r.ranges}${r.leftOut > 0 ? `; ${r.leftOut} pictures left out` : ""}`,
      `outputs        cosine to float ${cosine.mean.toFixed(4)}, least ${cosine.least.toFixed(4)}`,
      ...(accuracy
        ? [`accuracy       ${percent(accuracy.before)} % → ${percent(accuracy.after)} % on ${accuracy.pairs} pairs`]
        : []),
      ...(faces
        ? [`faces          ${faces.before} → ${faces.after}, ${faces.same} the same, IoU ${faces.iou.toFixed(3)}`]
        : []),
      ...(kept === false
        ? ["the loss allowed was not reached with half of the layers in float: this is what lost least"]
        : []),
      `seconds        ${r.seconds.toFixed(1)}`,
    ].join("\n");
  },
  exitCode: ({ kept }) => (kept === false ? 1 : 0),
});

type How = QuantizeNetworkOptions & { readonly pictures: readonly string[] };
type OfRecognizers = Omit<QuantizeRecognizerOptions, keyof How>;

async function quantizeBy(card: Card, model: Uint8Array, how: How, faces: OfRecognizers): Promise<QuantizedNetwork> {
  if (card.kind === "recognizer") {
    const { quantizeRecognizer } = await import("../../quantize/quantize-recognizer.node.ts");
    return quantizeRecognizer(card, model, { ...how, ...faces });
  }
  if (card.kind !== "detector") throw expected(card.slug, "a recogniser or a detector", `a card of kind ${card.kind}`);
  const foreign = (["pairs", "aligned", "crops"] as const).find((option) => faces[option] !== undefined);
  if (foreign !== undefined) throw expected(`--${foreign}`, "a recogniser", `the detector ${card.slug}`);
  const { quantizeDetector } = await import("../../quantize/quantize-detector.node.ts");
  return quantizeDetector(card, model, how);
}

function inWords({ layers, floatLayers, inputs, cosine }: Omit<QuantizedNetwork, "model">, ranges: string): string {
  const int8 = `${layers - floatLayers.length} of ${layers} layers int8`;
  return `${int8}, calibrated on ${inputs} inputs by ${ranges}, cosine of outputs to float ${cosine.mean.toFixed(4)}`;
}
