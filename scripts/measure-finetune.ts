/**
 * What fine-tuning the default recogniser does: on people it never saw, and on LFW's aligned crops.
 *
 *     npx tsx --conditions=arcface-source scripts/measure-finetune.ts CROPS OUT [SETTINGS] [LFW ALIGNED]
 *
 * CROPS: a folder a person, made by `arcface align`. SETTINGS: JSON over those below. OUT is resumed where it holds a run.
 */
import { evaluateLfwAligned } from "../src/evaluate/evaluate.node.ts";
import { summaryOf } from "../src/evaluate/summary.ts";
import { finetune } from "../src/finetune/finetune.node.ts";
import type { PeopleVerification } from "../src/finetune/people-verification.ts";
import { loadEmbedder } from "../src/recognize/compose.node.ts";

const [data, out, settings = "{}", lfw, aligned] = process.argv.slice(2);
if (data === undefined || out === undefined)
  throw new Error("usage: measure-finetune.ts CROPS OUT [SETTINGS] [LFW ALIGNED]");

const began = performance.now();
const note = (text: string) => console.error(`${Math.round((performance.now() - began) / 1000)} s  ${text}`);
const result = await finetune({
  data,
  out,
  resume: true,
  settings: { validation: 7, test: 20, ...JSON.parse(settings) },
  onNote: note,
  onLog: ({ step, loss, accuracy, speed }) =>
    note(`step ${step}: loss ${loss.toFixed(3)}, right ${(100 * accuracy).toFixed(1)} %, ${speed.toFixed(1)} crops/s`),
  onValidation: ({ step, accuracy }) => note(`step ${step}: people held back, 1 − EER ${accuracy.toFixed(3)} %`),
});
const { people, images, steps, epoch } = result;
console.log(`${people.train} people, ${images} crops, ${steps} steps; epoch ${epoch} is kept`);
console.log("| people never seen | EER | TAR at FAR 1e-2 | 1e-3 | 1e-4 |\n|---|--:|--:|--:|--:|");
console.log(row("before", result.before!));
console.log(row("after", result.after!));

if (lfw !== undefined && aligned !== undefined) {
  for (const [when, model] of [
    ["before", undefined],
    ["after", result.model],
  ] as const) {
    await using embedder = await loadEmbedder({ threads: 2, ...(model !== undefined && { model }) });
    const { accuracy, std, tarAtFar } = summaryOf(await evaluateLfwAligned(embedder, lfw, aligned));
    console.log(
      `LFW aligned ${when}: ${(100 * accuracy!).toFixed(2)} ± ${(100 * std!).toFixed(2)} %, TAR at FAR 1e-3 ${tarAtFar!["1e-3"]}`,
    );
  }
}

function row(when: string, { eer, atFar }: PeopleVerification): string {
  const rates = Object.values(atFar).map((at) => (at ? (100 * at.tar).toFixed(2) : "–"));
  return `| ${when} | ${[(100 * eer).toFixed(2), ...rates].join(" | ")} |`;
}
