import type { FaceFiles } from "../../doctor/collect.ts";
import { expected } from "../../errors.ts";
import type { Session } from "../../host/host.ts";
import type { NodeOptions } from "../../recognize/compose.node.ts";
import type { Card } from "../../zoo/cards/card.ts";
import { type CliContext, type Command, defineCommand, type OptionSpecs } from "../command.ts";
import { loadRecognizer, nodeOptions } from "../open.node.ts";
import { given } from "../options.ts";
import { samples } from "./demo.node.ts";

const options = {
  card: { type: "string", value: "SLUG|FILE", describe: "the card to judge (default: the model's own)" },
  faces: {
    type: "string",
    value: "DIR",
    describe: "photographs, best with a folder for every person (default: the demo's six)",
  },
  limit: {
    type: "number",
    min: 24,
    integer: true,
    describe: "faces looked at, at most (default 240); of a detector, ten times the photographs",
  },
  threads: { type: "number", min: 1, integer: true, describe: "threads within one run of a network (default 1)" },
} as const satisfies OptionSpecs;

// TypeScript 6.0 leaves the .ts in an import() beside `await using`: these stand outside.
const doctor = () => Promise.all([import("../../doctor/doctor.ts"), import("../../doctor/verdict.ts")]);

export const modelsDoctor: Command = defineCommand({
  name: "models doctor",
  arguments: "<slug|file>",
  summary: "which colours, scale, layout and alignment do a network's weights want, and does its card say so?",
  examples: [
    "arcface models doctor faceplugin/mobilefacenet",
    "arcface models doctor my.onnx --card my.yaml --faces people/ --json",
  ],
  options,
  async run(args, { card, faces, limit, threads }, context) {
    const [name] = args;
    if (name === undefined || args.length !== 1) throw expected("models doctor", "one model", `${args.length}`);
    const started = performance.now();
    const networks = nodeOptions(context, given({ threads }));
    const [{ examine }, { judgeCard }] = await doctor();
    const { session, card: own } = await openPatient(name, card, networks);
    await using _ = session;
    const files = await faceFiles(faces, context);
    await using helper = await loadRecognizer(networks);
    const measurement = await examine({ name, session, card: own }, files, helper, {
      ...given({ limit }),
      signal: context.signal,
      onProgress: (phase, done, total) => context.progress.update(phase, done, total),
      onUnread: (file, error) => context.note(`${file}: left out: ${error.message}`),
    });
    const verdict = judgeCard(measurement, own);
    return {
      model: name,
      kind: measurement.kind,
      card: own?.slug ?? null,
      ...verdict,
      works: measurement.works,
      counts: measurement.counts,
      pairs: measurement.kind === "recognizer" ? measurement.pairs : null,
      hypotheses: measurement.standings.map(({ contract, score, samples, share }) => ({
        ...contract,
        score: Number.isFinite(score) ? score : null,
        samples,
        share,
      })),
      seconds: (performance.now() - started) / 1000,
    };
  },
  async format(result) {
    const { formatDiagnosis } = await import("../../doctor/report.ts");
    return formatDiagnosis(result);
  },
  exitCode: ({ cardAgrees }) => (cardAgrees === false ? 1 : 0),
});

/** A network as it would run, not yet checked against its card. */
async function openPatient(
  name: string,
  card: string | undefined,
  options: NodeOptions,
): Promise<{ session: Session; card: Card | null }> {
  const [{ openNodeZoo }, { openModelFile }, { createNodeHost }, { prepareForCache }] = await Promise.all([
    import("../../recognize/compose.node.ts"),
    import("../../recognize/local-model.node.ts"),
    import("../../host/host.node.ts"),
    import("../../host/prepare.ts"),
  ]);
  const host = createNodeHost();
  const { signal, threads } = options;
  const opened = await openModelFile(openNodeZoo(options), name, { card, signal });
  const { model } = await prepareForCache(host.createSession, opened.model, name);
  return { session: await host.createSession(model, name, given({ threads })), card: opened.card };
}

async function faceFiles(folder: string | undefined, context: CliContext): Promise<FaceFiles> {
  if (folder !== undefined) return (await import("../../doctor/face-files.node.ts")).listFaceFiles(folder);
  return { kind: "loose", files: await samples(context) };
}
