import { expected } from "../../errors.ts";
import { defineCommand } from "../command.ts";
import { drawTarget, writeDrawing } from "../draw.node.ts";
import { decodeOptions, loadRecognizer, nodeOptions } from "../open.node.ts";
import {
  decisionOptions,
  detectorOption,
  drawOption,
  findOptions,
  modelOptions,
  toDecisionOptions,
  toDetectOptions,
  toNetworks,
} from "../options.ts";

export const verify = defineCommand({
  name: "verify",
  arguments: "<image> <image>",
  summary: "are the largest faces of two images the same person?",
  examples: ["arcface verify a.jpg b.jpg", "arcface verify a.jpg b.jpg --far 1e-5 --exit-code"],
  options: {
    ...modelOptions,
    ...detectorOption,
    ...findOptions,
    ...decisionOptions,
    ...drawOption,
    exitCode: { type: "boolean", describe: "exit with 1 where they are different people" },
  },
  async run([a, b, ...rest], options, context) {
    if (!a || !b || rest.length > 0)
      throw expected("verify", "two images", `${[a, b, ...rest].filter(Boolean).length}`);
    const decision = toDecisionOptions(options);
    const target = await drawTarget(options.draw, [a, b]);
    await using recognizer = await loadRecognizer({
      ...nodeOptions(context, options),
      ...toNetworks(options),
    });
    const find = { ...decodeOptions(options), ...toDetectOptions(options), signal: context.signal };
    const answer = await recognizer.verify(a, b, { ...find, ...decision });
    const { faces, counts, ...rule } = answer;
    const seen = faces.map(({ box, score, landmarks }, i) => ({
      file: [a, b][i]!,
      box,
      score,
      landmarks,
      facesFound: counts[i]!,
    }));
    if (target) {
      for (const { file, ...face } of seen) {
        const image = await recognizer.decode(file, find);
        await writeDrawing(target, file, image, [{ ...face, label: answer.similarity.toFixed(2) }]);
      }
    }
    return { model: recognizer.name, ...rule, faces: seen };
  },
  format({ same, similarity, threshold, falseAcceptRate, probability, faces }) {
    const rate = falseAcceptRate === null ? "chosen by you" : `false accepts ${falseAcceptRate}`;
    const several = faces
      .filter((f) => f.facesFound > 1)
      .map((f) => `\n${f.file}: the largest of ${f.facesFound} faces`);
    const sure = probability === null ? "" : `probability ${probability.toFixed(3)} at even odds, `;
    return `${same ? "same person" : "different people"}: ${sure}cosine similarity ${similarity.toFixed(4)}, threshold ${threshold.toFixed(4)} (${rate})${several.join("")}`;
  },
  exitCode: ({ same }, { exitCode }) => (exitCode && !same ? 1 : 0),
});
