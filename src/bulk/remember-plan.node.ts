import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { writeWhole } from "../bytes/write-whole.node.ts";
import { fileError } from "../file-error.node.ts";
import type { RecognizerModels } from "../recognize/compose.node.ts";
import { cacheFolder, sha256 } from "../zoo/cache/cache.node.ts";
import type { BulkPlan } from "./plan.ts";

/** What a plan is right for: these networks on this machine with this runtime. */
export type PlanKey = {
  readonly recognizer: string;
  readonly detector: string | null;
  readonly processor: string;
  readonly cores: number;
  readonly runtime: string;
};

const count = z.number().int().positive();

const schema = z.strictObject({
  key: z.strictObject({
    recognizer: z.string(),
    detector: z.string().nullable(),
    processor: z.string(),
    cores: count,
    runtime: z.string(),
  }),
  plan: z.strictObject({ workers: count, threads: count, batch: count }),
});

export function planKey({ recognizer, detector }: Pick<RecognizerModels, "recognizer" | "detector">): PlanKey {
  const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };
  return {
    recognizer: recognizer.fingerprint,
    detector: detector?.fingerprint ?? null,
    processor: `${process.arch} ${cpus()[0]?.model ?? "unknown"}`,
    cores: availableParallelism(),
    runtime: `onnxruntime-node ${version}`,
  };
}

/** `null` where there is none for these networks, this machine and this runtime; what cannot be read is none. */
export async function rememberedPlan(
  models: Pick<RecognizerModels, "recognizer" | "detector">,
  folder: string = plansFolder(),
): Promise<BulkPlan | null> {
  const key = planKey(models);
  const text = await readFile(pathOf(folder, key), "utf8").catch(() => null);
  if (text === null) return null;
  const found = schema.safeParse(parse(text));
  // The name is a hash of the key; a file that was copied or renamed is another machine's.
  return found.success && JSON.stringify(found.data.key) === JSON.stringify(key) ? found.data.plan : null;
}

/** @returns the file. @throws {ArcfaceError} NO_SPACE, IO. */
export async function rememberPlan(
  models: Pick<RecognizerModels, "recognizer" | "detector">,
  plan: BulkPlan,
  folder: string = plansFolder(),
): Promise<string> {
  const key = planKey(models);
  const path = pathOf(folder, key);
  try {
    await mkdir(folder, { recursive: true });
    await writeWhole(path, `${JSON.stringify({ key, plan }, null, 2)}\n`);
  } catch (error) {
    throw fileError(error, path, "remembering the plan");
  }
  return path;
}

function plansFolder(): string {
  return join(cacheFolder(), "plans");
}

function pathOf(folder: string, key: PlanKey): string {
  return join(folder, `${sha256(Buffer.from(JSON.stringify(key))).slice(0, 32)}.json`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
