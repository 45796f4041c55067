import type { EmbeddedFolder } from "../bulk/embed-folder.node.ts";
import type { BulkPlan } from "../bulk/plan.ts";
import { expected } from "../errors.ts";
import type { CliContext, OptionSpecs, OptionValues } from "./command.ts";
import { isFolder } from "./images.node.ts";
import { nodeOptions } from "./open.node.ts";
import { type detectOptions, type detectorOption, given, type modelOptions, toNetworks } from "./options.ts";
import { createPace } from "./pace.ts";

/** What `arcface embed` takes beside, where it writes files. */
export const bulkOptions = {
  out: {
    type: "string",
    value: "FOLDER|FILE.npy",
    describe: "write NumPy files, and a line of JSON for each row, of a folder's photographs",
  },
  faces: {
    type: "string",
    choices: ["largest", "center", "all"],
    describe: "with --out: which faces of a photograph (default largest)",
  },
  expectFace: {
    type: "boolean",
    describe: "with --out: every photograph shows a face; where none is sure, take the likeliest",
  },
  perShard: {
    type: "number",
    min: 1,
    integer: true,
    describe: "with --out: photographs a file, and what a killed run does again (default 1024)",
  },
  workers: {
    type: "number",
    min: 1,
    integer: true,
    describe: "with --out: threads that work side by side (default: as `arcface tune` found, or one a core)",
  },
} as const satisfies OptionSpecs;

type Values = OptionValues<typeof bulkOptions & typeof modelOptions & typeof detectorOption & typeof detectOptions> & {
  readonly flip?: boolean;
  readonly raw?: boolean;
  readonly aligned?: boolean;
};

export type BulkResult = EmbeddedFolder & {
  readonly source: string;
  readonly model: string;
  readonly plan: BulkPlan;
  readonly seconds: number;
};

/** @throws {ArcfaceError} INVALID_ARGUMENT where an option would go unheard. */
export function checkBulkOptions(options: Values): void {
  const flag = (name: string): string => `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;
  const isGiven = (name: string): boolean => options[name as keyof Values] !== undefined;
  const isBulk = options.out !== undefined;
  const strange = isBulk ? ["maxFaces", "order"] : Object.keys(bulkOptions);
  const one = strange.find(isGiven);
  if (one === undefined) return;
  throw isBulk
    ? expected("embed", "--faces largest, center or all with --out", flag(one))
    : expected("embed", `--out with ${flag(one)}`, "none", "it is for a folder's photographs, written to files");
}

const modules = () =>
  Promise.all([
    import("../recognize/compose.node.ts"),
    import("../bulk/choose-plan.node.ts"),
    import("../bulk/photograph-pool.node.ts"),
    import("../bulk/embed-folder.node.ts"),
  ]);

export async function embedInBulk(
  paths: readonly string[],
  out: string,
  options: Values,
  context: CliContext,
): Promise<BulkResult> {
  const [source] = paths;
  if (source === undefined || paths.length > 1 || !(await isFolder(source)))
    throw expected("embed --out", "one folder of photographs", paths.join(" ") || "none");
  const { flip, raw, aligned, faces, expectFace, perShard, effort, orientations, scoreThreshold, minFace, maxPixels } =
    options;
  const [{ loadRecognizerModels }, { choosePlan }, { openPhotographPool }, { embedFolder }] = await modules();
  const models = await loadRecognizerModels(
    { ...nodeOptions(context, options), ...toNetworks(options) },
    { withDetector: !aligned },
  );
  const plan = await choosePlan(models, given({ workers: options.workers, threads: options.threads }));
  const began = performance.now();
  const pace = createPace();
  const result = await embedWith();
  const seconds = Math.round(performance.now() - began) / 1000;
  return { source, model: models.recognizer.slug, plan, ...result, seconds };

  async function embedWith(): Promise<EmbeddedFolder> {
    await using pool = await openPhotographPool(models, plan);
    return await embedFolder(pool, source!, out, {
      ...given({ flip, raw, aligned, faces, expectFace, perShard, effort, orientations, scoreThreshold, maxPixels }),
      ...given({ minFaceSize: minFace }),
      signal: context.signal,
      onProgress: ({ done, total }) => context.progress.update("embed", done, total, pace(done, total)),
    });
  }
}

export function sayBulk({
  source,
  photographs,
  faces,
  missed,
  before,
  out,
  missedFile,
  plan,
  seconds,
}: BulkResult): string {
  const made = photographs - before;
  const rate = made > 0 && seconds > 0 ? `, ${(made / seconds).toFixed(1)} a second` : "";
  return [
    `${source}: ${photographs} photographs, ${faces} faces in ${out}`,
    ...(missed.length > 0 ? [`  ${missed.length} without: ${missedFile} tells of each`] : []),
    `${made} embedded in ${seconds.toFixed(1)} s${rate}${before > 0 ? `, ${before} before` : ""} (${sayPlan(plan)})`,
  ].join("\n");
}

export function sayPlan({ workers, threads, batch }: BulkPlan): string {
  const count = (n: number, one: string): string => `${n} ${one}${n === 1 ? "" : "s"}`;
  return `${count(workers, "worker")} of ${count(threads, "thread")}, batches of ${batch}`;
}

/** Scripts should notice where nothing that was asked for could be done, and where a file could not be read. */
export function exitCodeOfBulk({ faces, missed }: BulkResult): number {
  return faces === 0 || missed.some(({ code }) => code !== "NO_FACE") ? 1 : 0;
}
