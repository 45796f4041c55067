import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ort from "onnxruntime-node";
import { NETS } from "../../src/nets/registry.ts";
import { encodeModel } from "../../src/onnx/model.ts";
import { noise } from "../../src/onnx/noise.ts";
import { buildStep } from "../../src/train/step.ts";

const RUNS = 3;

type Event = { cat: string; name: string; ts: number; dur: number; args: { op_name?: string } };

/** Where a node belongs, by its name: src/nets/training/ puts the way back into scopes. */
function sourceOf(name: string, op: string): string {
  if (name.startsWith("loss")) return "loss";
  const way = /(∂[a-z]+)/.exec(name)?.[1];
  const copies = /^(Transpose|Slice|Pad|Concat|SpaceToDepth|Reorder)/;
  if (way) return way === "∂w" && copies.test(op) ? "∂w, copies" : way;
  // What a convolution or product is made of stands in its scope, or bears its name; sums and passes do neither.
  if (!new RegExp(`^(com\\.microsoft\\.)?${op}_`).test(name)) return "forward, products";
  if (op === "Gemm" || op === "FusedMatMul") return "forward, sums";
  if (op === "FusedConv") return "forward, passes";
  return "forward, the rest";
}

/** Prints where the time of a step's graph goes (the update apart), by source and by operator. */
export async function profileStep(
  name: keyof typeof NETS,
  { batch, classes, threads }: { batch: number; classes: number; threads: number },
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "arcface-profile-"));
  const graph = buildStep({ net: NETS[name], loss: { kind: "margin" }, classes, batch });
  const session = await ort.InferenceSession.create(encodeModel(graph.model), {
    executionProviders: ["cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
    enableMemPattern: false,
    enableProfiling: true,
    profileFilePrefix: join(folder, "step"),
  });
  const images = [batch, 3, 112, 112];
  const feeds: Record<string, ort.Tensor> = {
    images: new ort.Tensor("float32", noise(batch * 3 * 112 * 112, 1), images),
    labels: new ort.Tensor(
      "int64",
      BigInt64Array.from({ length: batch }, (_, i) => BigInt((i * 7) % classes)),
      [batch],
    ),
  };
  for (const { name, shape, initial } of [...graph.parameters, ...graph.statistics]) {
    feeds[name] = new ort.Tensor("float32", initial, shape);
  }
  for (let i = 0; i <= RUNS; i++) await session.run(feeds);
  session.endProfiling();
  const events: Event[] = JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]!), "utf8"));
  rmSync(folder, { recursive: true });
  const second = events.filter(({ name }) => name === "model_run")[1]!.ts; // the first run warms up
  const nodes = events.filter(({ cat, name, ts }) => cat === "Node" && name.endsWith("_kernel_time") && ts >= second);
  const total = nodes.reduce((sum, { dur }) => sum + dur, 0);
  console.log(`${name}, batch ${batch}: ${(total / RUNS / 1000).toFixed(0)} ms in nodes`);
  for (const key of [
    ({ name, args }: Event) => sourceOf(name, args.op_name ?? ""),
    ({ args }: Event) => args.op_name ?? "",
    ({ name, args }: Event) => `${sourceOf(name, args.op_name ?? "")}: ${args.op_name}`,
  ]) {
    const sums = new Map<string, number>();
    for (const event of nodes) sums.set(key(event), (sums.get(key(event)) ?? 0) + event.dur);
    const sorted = [...sums].sort(([, a], [, b]) => b - a);
    for (const [what, time] of sorted.slice(0, 20)) {
      console.log(`${((100 * time) / total).toFixed(1).padStart(6)} %  ${what}`);
    }
    console.log();
  }
}
