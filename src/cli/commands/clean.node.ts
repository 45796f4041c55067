import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { CleanOptions } from "../../clean/clean-set.node.ts";
import type { LabelledImages } from "../../data/labelled-images.ts";
import { ArcfaceError, expected } from "../../errors.ts";
import { cacheFolder } from "../../zoo/cache/cache.node.ts";
import type { CliContext } from "../command.ts";
import { defineCommand } from "../command.ts";
import { nodeOptions } from "../open.node.ts";
import { given, modelOptions } from "../options.ts";

const TITLES = { embed: "embed", centres: "find centres" } as const;

const modules = () =>
  Promise.all([
    import("../../recognize/compose.node.ts"),
    import("../../data/open-labelled-images.node.ts"),
    import("../../clean/clean-set.node.ts"),
    import("../../clean/write-report.node.ts"),
  ]);

export const clean = defineCommand({
  name: "clean",
  arguments: "<data>",
  summary: "find pictures of a training set that are not of the person they are labelled as",
  examples: [
    "arcface clean crops/                       # crops-clean/index.html shows what would go, and why",
    "arcface clean crops/ --out cleaned/        # writes a copy of what is kept",
    "arcface clean train.rec --out cleaned/     # RecordIO in, RecordIO out; a list (.lst, .txt) does, too",
    "arcface clean crops/ --checkpoint run/ --model model.onnx   # by the centres of a training with sub-centers",
  ],
  options: {
    k: { type: "number", min: 1, max: 255, integer: true, describe: "centres a class (default 3)" },
    threshold: {
      type: "number",
      value: "DEGREES",
      min: 1,
      max: 180,
      describe: "keep what is nearer to the dominant centre (default 75)",
    },
    centres: {
      type: "string",
      choices: ["cluster", "train"],
      describe:
        "how centres are made: each class's embeddings in clusters, or a head trained on them (default cluster)",
    },
    checkpoint: {
      type: "string",
      value: "FILE|DIR",
      describe: "take the centres of a training with sub-centers: a checkpoint, or the run's folder",
    },
    out: { type: "string", value: "DIR", describe: "write a copy of what is kept, its classes numbered anew" },
    format: { type: "string", choices: ["files", "records"], describe: "what the copy is (default: as the data are)" },
    report: { type: "string", value: "DIR", describe: "where the report goes (default: the data's name and -clean)" },
    flip: { type: "boolean", describe: "embed mirrored crops, too: twice the time" },
    seed: { type: "number", integer: true, min: 0, describe: "of the random numbers (default 0)" },
    ...modelOptions,
  },
  async run(paths, options, context) {
    const [data] = paths;
    if (data === undefined || paths.length > 1)
      throw expected(
        "clean",
        "one folder, RecordIO file or list of aligned crops",
        paths.length === 0 ? "none" : paths.join(" "),
      );
    if (options.checkpoint !== undefined && (options.centres !== undefined || options.k !== undefined))
      throw expected("--checkpoint", "no --centres and no --k beside it", "both", "its head is what they would make");
    if (options.out !== undefined) await checkFree(options.out);
    const report = options.report ?? `${data.replace(/[/\\]+$/, "").replace(/\.(rec|lst|txt)$/, "")}-clean`;
    const [compose, { openLabelledImages }, parts, { writeCleanReport }] = await modules();
    await using images = await openLabelledImages(data);
    await using embedder = await compose.loadEmbedderInThreads({
      ...nodeOptions(context, options),
      ...given({ model: options.model, card: options.card }),
    });
    const cleaned = await parts.cleanSet(embedder, images, await howTo(options, images, context));
    const centres = options.checkpoint ?? said(options.centres);
    await writeCleanReport(report, images, cleaned, { data, recognizer: embedder.fingerprint, centres });
    if (options.out !== undefined) await writeCopy(options.out, images, cleaned.kept, context, options.format);
    const { perClass, ...counts } = cleaned.report;
    return { data, ...counts, unread: cleaned.unread, report, out: options.out ?? null };
  },
  format: ({ data, images, kept, dropped, classes, emptied, threshold, anatomy, unread, report, out }) =>
    [
      `${data}: ${images} pictures of ${classes} classes, ${dropped} are ${threshold}° or more from their class's dominant centre`,
      `  ${anatomy.dominantDropped} of those are nearest to it all the same, ${anatomy.otherDropped} to another centre`,
      ...(emptied > 0 ? [`  ${emptied} classes lose everything`] : []),
      ...(unread.length > 0 ? [`  ${unread.length} pictures could not be read: ${unread[0]!.why}`] : []),
      `${kept} kept${out === null ? "" : `, copied to ${out}`}; ${join(report, "index.html")} shows the others`,
    ].join("\n"),
  // As elsewhere: 1 where a picture could not be read.
  exitCode: ({ unread }) => (unread.length > 0 ? 1 : 0),
});

type Wanted = {
  readonly k?: number;
  readonly threshold?: number;
  readonly centres?: "cluster" | "train";
  readonly checkpoint?: string;
  readonly flip?: boolean;
  readonly seed?: number;
};

async function howTo(
  { k, threshold, centres, checkpoint, flip, seed }: Wanted,
  { classes }: LabelledImages,
  { signal, progress }: CliContext,
): Promise<CleanOptions> {
  const { centresOfCheckpoint } = await import("../../clean/checkpoint-centres.node.ts");
  const inHand = checkpoint === undefined ? centres : await centresOfCheckpoint(checkpoint, classes);
  return {
    ...given({ subCenters: k, threshold, centres: inHand, flip, seed }),
    cacheDir: join(cacheFolder(), "embeddings"),
    signal,
    onStage: (stage, done, total) => progress.update(TITLES[stage], done, total),
  };
}

function said(centres: "cluster" | "train" = "cluster"): string {
  return centres === "cluster" ? "by clustering each class's embeddings" : "by training a head on the embeddings";
}

/** Before any work is done. */
async function checkFree(path: string): Promise<void> {
  if (!(await stat(path).catch(() => null))) return;
  throw new ArcfaceError("CONFLICT", `--out: expected no such file or folder yet, got ${path}`, {
    hint: "name another, or remove it",
  });
}

async function writeCopy(
  out: string,
  images: LabelledImages,
  kept: readonly number[],
  { signal, progress }: CliContext,
  format: "files" | "records" | undefined,
): Promise<void> {
  const { copyImages } = await import("../../clean/write-cleaned.node.ts");
  const onProgress = ({ done, total }: { readonly done: number; readonly total: number }): void =>
    progress.update("copy", done, total);
  await copyImages(images, kept, out, { signal, onProgress, ...given({ format }) });
}
