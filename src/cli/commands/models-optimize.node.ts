import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { ArcfaceError, expected } from "../../errors.ts";
import { fileError } from "../../file-error.node.ts";
import type { PassRow } from "../../host/measure-passes.ts";
import type { OptimizePass } from "../../onnx/optimize.ts";
import type { ModelProto } from "../../onnx/schema.ts";
import { type CliContext, type Command, defineCommand } from "../command.ts";
import { openNodeZoo } from "../open.node.ts";

/** Where neither the network, nor a card, nor the user says one. */
const SIDE = 320;

export const modelsOptimize: Command = defineCommand({
  name: "models optimize",
  arguments: "<file, slug or net> <out.onnx>",
  summary: "a network that does the same in fewer nodes, channels and milliseconds, a row for each pass",
  examples: [
    "arcface models optimize my.onnx faster.onnx",
    "arcface models optimize faceplugin/mobilefacenet small.onnx --fp16",
    "arcface models optimize my.onnx out.onnx --passes constantNodes,batchNormsBack,deadNodes",
  ],
  options: {
    fp16: { type: "boolean", describe: "keep weights in half precision: half the file, the same speed" },
    passes: { type: "string", value: "A,B,…", describe: "these only, in their own order (default: all)" },
    size: {
      type: "number",
      min: 1,
      integer: true,
      describe: `side of the image, where the network takes any (default: its card's, else ${SIDE})`,
    },
    force: { type: "boolean", describe: "write over what is there" },
  },
  async run(args, { fp16 = false, passes: names, size, force = false }, context) {
    const [name, out] = args;
    if (name === undefined || out === undefined || args.length !== 2)
      throw expected("models optimize", "a network and the name of the new file", `${args.length}`);
    if (!/\.onnx$/i.test(out)) throw expected("models optimize", "a new file that ends in .onnx", out);
    const passes = await passesOf(names, fp16);
    await checkFree(out, force);
    const { measurePasses } = await import("../../host/measure-passes.ts");
    const { createSession } = await import("../../host/session.node.ts");
    const { model, side } = await openNetwork(name, context);
    let done = 0;
    const measured = await measurePasses(createSession, model, passes, {
      name,
      size: size ?? side ?? SIDE,
      signal: context.signal,
      onRow: ({ pass }) => context.progress.update(pass ?? "as it came", done++, passes.length),
    });
    const { writeModelFile } = await import("../../onnx/model-file.node.ts");
    await mkdir(dirname(out), { recursive: true }).catch((error: unknown) => {
      throw fileError(error, out, "writing a model");
    });
    const files = await writeModelFile(measured.model, out);
    return { model: name, files, rows: measured.rows };
  },
  format: ({ model, files, rows }) => [`${model} → ${files.join(", ")}`, "", ...table(rows)].join("\n"),
});

async function passesOf(names: string | undefined, fp16: boolean): Promise<OptimizePass[]> {
  const { OPTIMIZE_PASSES } = await import("../../onnx/optimize.ts");
  const all: readonly OptimizePass[] = [...OPTIMIZE_PASSES, "halfWeights"];
  const wanted = names?.split(",").map((name) => name.trim()) ?? OPTIMIZE_PASSES;
  const unknown = wanted.find((name) => !(all as readonly string[]).includes(name));
  if (unknown !== undefined) throw expected("--passes", `some of ${all.join(", ")}`, unknown || "nothing");
  return all.filter((pass) => wanted.includes(pass) || (fp16 && pass === "halfWeights"));
}

async function checkFree(out: string, force: boolean): Promise<void> {
  const { stat } = await import("node:fs/promises");
  const there = await stat(out).catch(() => null);
  if (there?.isDirectory()) throw expected("models optimize", "the name of a new file", `the folder ${out}`);
  if (there && !force)
    throw new ArcfaceError("CONFLICT", `${out}: is there already`, { hint: "--force writes over it" });
}

/** A file as it is, with weights beside it; a slug's as it was published; a net of ours with random weights. */
async function openNetwork(name: string, context: CliContext): Promise<{ model: ModelProto; side?: number }> {
  const { isModelFile } = await import("../../recognize/local-model.node.ts");
  if (isModelFile(name)) {
    if (!/\.tflite$/i.test(name)) return { model: (await import("../../onnx/model-file.node.ts")).readModelFile(name) };
    const { readModelFile } = await import("../../zoo/own-file.node.ts");
    return { model: await decode(await readModelFile(name), name) };
  }
  const zoo = await openNodeZoo(context);
  const made = (await zoo.ensure([name], { signal: context.signal })).get(name);
  const { card, model: bytes, path } = made ?? {};
  if (!card?.model || !bytes)
    throw expected("models optimize", "a network with a file of its own", `${name}, made of stages`);
  const published = path === null ? undefined : (await zoo.paths(card.slug, { published: true })).get(card.slug);
  const { readModelFile } = await import("../../zoo/own-file.node.ts");
  const model = await decode(published === undefined ? bytes : await readModelFile(published), name);
  return { model, side: card.model.input.width };
}

async function decode(bytes: Uint8Array, name: string): Promise<ModelProto> {
  const [{ decodeModel }, { importTflite, isTflite }] = await Promise.all([
    import("../../onnx/model.ts"),
    import("../../onnx/tflite/import.ts"),
  ]);
  return isTflite(bytes) ? importTflite(bytes, name) : decodeModel(bytes, name);
}

function table(rows: readonly PassRow[]): string[] {
  const cells = [
    ["pass", "nodes", "weights", "MACs", "bytes", "ms", "difference", "cosine"],
    ...rows.map(({ pass, changed, nodes, weights, macs, bytes, milliseconds, maxAbsoluteDifference, cosine }) => [
      pass ?? "as it came",
      ...(changed
        ? [
            number(nodes),
            number(weights),
            macs === null ? "?" : number(macs),
            number(bytes),
            milliseconds.toFixed(2),
            pass === null ? "" : maxAbsoluteDifference.toExponential(1),
            pass === null ? "" : cosine.toFixed(7),
          ]
        : ["nothing to do"]),
    ]),
  ];
  const widths = cells[0]!.map((_, i) =>
    Math.max(...cells.map((row) => (row.length > 2 ? (row[i] ?? "").length : i === 0 ? row[0]!.length : 0))),
  );
  return cells.map((row) =>
    row
      .map((cell, i) => (i === 0 || row.length === 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join("  ")
      .trimEnd(),
  );
}

const number = (n: number): string => n.toLocaleString("en-US");
