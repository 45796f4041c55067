/**
 * Bulk embedding beside its networks alone: photographs read, decoded, looked at, aligned, embedded and written as shards,
 * against detector, landmark network and recogniser run on tensors that are ready, as often, in as many threads. Slice by
 * slice, one after the other, so that a machine that goes faster or slower meanwhile does so for both.
 *
 *     npm run bench:bulk [-- --photographs 1500] [--folder FOLDER] [--json]
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { choosePlan } from "../src/bulk/choose-plan.node.ts";
import { embedFolder } from "../src/bulk/embed-folder.node.ts";
import { listPhotographs } from "../src/bulk/list-photographs.node.ts";
import { openPhotographPool } from "../src/bulk/photograph-pool.node.ts";
import { startWorker } from "../src/host/worker/start-worker.node.ts";
import { loadRecognizerModels } from "../src/recognize/compose.node.ts";
import type { NetworksArgument } from "./bulk/networks-worker.ts";

const { values } = parseArgs({
  options: {
    photographs: { type: "string", default: "1500" },
    folder: { type: "string", default: join(process.env.ARCFACE_DATA ?? "../shared/data", "lfw") },
    slices: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
  },
});
const [count, slices] = [Number(values.photographs), Number(values.slices)];
/** Faces or photographs a call, as embedFolder has it. */
const PER_CALL = 16;
const WARM_UP = 96;

const models = await loadRecognizerModels({}, { withDetector: true });
const plan = await choosePlan(models);
const model = (slug: string) => models.loaded.get(slug)!;
const argument: NetworksArgument = {
  threads: plan.threads,
  // A small photograph's face: one look of BlazeFace, two of ONet, each with its mirror image.
  steps: [
    { model: model("mediapipe/blazeface:full-range"), batch: 1, perFace: 1 },
    { model: model("mtcnn/onet"), batch: 1, perFace: 4 },
    { model: model(models.recognizer.slug), batch: plan.batch, perFace: 1 },
  ],
};

const folder = mkdtempSync(join(tmpdir(), "arcface-bulk-"));
const workers = Array.from({ length: plan.workers }, () =>
  startWorker(new URL("./bulk/networks-worker.ts", import.meta.url), "networks"),
);
const pool = await openPhotographPool(models, plan);
try {
  await Promise.all(workers.map((worker) => worker.call("open", argument)));
  const all = (await listPhotographs(values.folder)).slice(0, count + WARM_UP);
  link("warm-up", all.slice(0, WARM_UP));
  const perSlice = Math.ceil((all.length - WARM_UP) / slices);
  for (let k = 0; k < slices; k++) link(`slice-${k}`, all.slice(WARM_UP).slice(k * perSlice, (k + 1) * perSlice));
  await alone(WARM_UP);
  await bulk("warm-up", "warm");
  const rows: Row[] = [];
  for (let k = 0; k < slices; k++) {
    const before = process.cpuUsage();
    const { faces, seconds } = await bulk(`slice-${k}`, `out-${k}`);
    const between = process.cpuUsage();
    const networksSeconds = await alone(faces);
    const [cpu, networksCpu] = [spent(before, between), spent(between, process.cpuUsage())];
    rows.push({ slice: `${k + 1}`, faces, seconds, networksSeconds, cpu, networksCpu });
  }
  const sum = (of: (row: Row) => number): number => rows.reduce((total, row) => total + of(row), 0);
  rows.push({
    slice: "all",
    faces: sum((row) => row.faces),
    seconds: sum((row) => row.seconds),
    networksSeconds: sum((row) => row.networksSeconds),
    cpu: sum((row) => row.cpu),
    networksCpu: sum((row) => row.networksCpu),
  });
  console.log(`${all.length - WARM_UP} photographs, ${JSON.stringify(plan)}`);
  console.log("slice  networks alone  bulk, files to shards   share   (faces a second; processor time a face)");
  for (const { slice, faces, seconds, networksSeconds, cpu, networksCpu } of rows) {
    const rates = [(faces / networksSeconds).toFixed(1).padStart(16), (faces / seconds).toFixed(1).padStart(23)];
    const share = `${((100 * networksSeconds) / seconds).toFixed(1)} %`.padStart(9);
    const times = `${(networksCpu / faces).toFixed(1)}, ${(cpu / faces).toFixed(1)} ms`;
    console.log(`${slice.padStart(5)}${rates.join("")}${share}   ${times}`);
  }
  if (values.json) console.log(JSON.stringify(table(rows)));
} finally {
  await Promise.all([...workers, pool].map((one) => one[Symbol.asyncDispose]()));
  rmSync(folder, { recursive: true });
}

/** Milliseconds of the processor. */
function spent(from: NodeJS.CpuUsage, to: NodeJS.CpuUsage): number {
  return (to.user - from.user + to.system - from.system) / 1000;
}

type Row = {
  readonly slice: string;
  readonly faces: number;
  readonly seconds: number;
  readonly networksSeconds: number;
  readonly cpu: number;
  readonly networksCpu: number;
};

function link(name: string, files: readonly string[]): void {
  mkdirSync(join(folder, name));
  for (const [i, file] of files.entries()) {
    symlinkSync(resolve(values.folder, file), join(folder, name, `${`${i}`.padStart(6, "0")}.jpg`));
  }
}

async function bulk(name: string, out: string): Promise<{ faces: number; seconds: number }> {
  const began = performance.now();
  const { faces } = await embedFolder(pool, join(folder, name), join(folder, out), { expectFace: true });
  return { faces, seconds: (performance.now() - began) / 1000 };
}

/** @returns seconds. */
async function alone(faces: number): Promise<number> {
  const began = performance.now();
  let left = faces;
  await Promise.all(
    workers.map(async (worker) => {
      while (left > 0) {
        const some = Math.min(PER_CALL, left);
        left -= some;
        await worker.call("run", { faces: some });
      }
    }),
  );
  return (performance.now() - began) / 1000;
}

function table(rows: readonly Row[]) {
  return {
    title: "Bulk embedding beside its networks alone",
    columns: ["slice", "faces", "networks alone, faces/s", "bulk, faces/s", "share"],
    rows: rows.map(({ slice, faces, seconds, networksSeconds }) => [
      slice,
      faces,
      faces / networksSeconds,
      faces / seconds,
      networksSeconds / seconds,
    ]),
  };
}
