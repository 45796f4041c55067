import { availableParallelism } from "node:os";
import type { RecognizerModels } from "../recognize/compose.node.ts";
import { type BulkPlan, defaultPlan } from "./plan.ts";
import { rememberedPlan } from "./remember-plan.node.ts";

/** What `arcface tune` found on this machine for these networks, or what is right for most; what was asked for goes first. */
export async function choosePlan(models: RecognizerModels, wanted: Partial<BulkPlan> = {}): Promise<BulkPlan> {
  const cores = availableParallelism();
  const plan = (await rememberedPlan(models)) ?? defaultPlan(cores);
  // Of one of the two the other follows: all cores are used, none twice.
  const { threads = wanted.workers === undefined ? plan.threads : Math.max(1, Math.floor(cores / wanted.workers)) } =
    wanted;
  const { workers = wanted.threads === undefined ? plan.workers : Math.max(1, Math.floor(cores / threads)) } = wanted;
  return { workers, threads, batch: wanted.batch ?? plan.batch };
}
