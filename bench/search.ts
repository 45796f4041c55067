/**
 * What exact search costs: int8 rows in threads, beside what memory gives, what a matrix product gives, and a plain scan.
 *
 *     npx tsx --conditions=arcface-source bench/search.ts [single] [batch] [small] [recall]
 *       [--templates 1000000] [--queries 10000] [--threads 2] [--lfw DIR] [--json]
 *
 * With LFW's folder the templates are its people and strangers made in their likeness, and `recall` asks for the photographs
 * that were not enrolled; without, all is noise. `small` tells from how many templates on int8 is the quicker way.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { createExactIndex } from "../src/gallery/exact-index.ts";
import { createInt8Index, type Int8Index } from "../src/gallery/int8-index.ts";
import { createScanThreads } from "../src/gallery/scan-threads.node.ts";
import { matmulRate } from "./matmul-rate.ts";
import { floatTop1 } from "./search/float-top1.ts";
import { fillNoise, fillStrangers } from "./search/made-up.ts";
import { nativePasses, typedArraySet } from "./search/memory-rate.ts";
import { realFaces } from "./search/real-faces.ts";

const SIZE = 512;
const LIMIT = 10;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    templates: { type: "string", default: "1000000" },
    queries: { type: "string", default: "10000" },
    threads: { type: "string", default: `${availableParallelism()}` },
    lfw: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const [templates, queries, threads] = [Number(values.templates), Number(values.queries), Number(values.threads)];
if (![templates, queries, threads].every((count) => Number.isInteger(count) && count > 0)) {
  throw new Error("--templates, --queries and --threads are whole numbers, 1 or more");
}
const strange = positionals.find((section) => !["single", "batch", "small", "recall"].includes(section));
if (strange) throw new Error(`expected single, batch, small or recall, got ${strange}`);
const wanted = (section: string): boolean => positionals.length === 0 || positionals.includes(section);
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const median = (times: readonly number[]): number => [...times].sort((a, b) => a - b)[times.length >> 1]!;
const gigabytes = (bytes: number, ms: number): string => `${(bytes / ms / 1e6).toFixed(1)} GB/s`;

const faces = values.lfw === undefined ? null : await realFaces(values.lfw);
const rows = new Float32Array(templates * SIZE);
const rowOf = (i: number): Float32Array => rows.subarray(i * SIZE, (i + 1) * SIZE);
if (faces) await fillStrangers(rows, faces.enrolled, threads);
else fillNoise(rows, 1);
for (const [i, embedding] of (faces?.enrolled ?? []).slice(0, templates).entries()) rows.set(embedding, i * SIZE);

/** A probe: a photograph that was not enrolled, or somebody of the templates, seen otherwise. */
const noise = new Float32Array(SIZE);
function probe(i: number): Float32Array {
  if (faces) return faces.asked[i % faces.asked.length]!;
  fillNoise(noise, i + 99);
  return rowOf((i * 7919) % templates).map((value, k) => value + 0.5 * noise[k]!);
}

let compared = 0;
async function build(count: number): Promise<Int8Index> {
  const embeddings = async (ids: readonly number[]): Promise<Float32Array[]> => {
    compared += ids.length;
    return ids.map((id) => rowOf(id - 1));
  };
  const index = createInt8Index(SIZE, embeddings, { engine: createScanThreads({ threads }) });
  for (let from = 0; from < count; from += 10_000) {
    const length = Math.min(10_000, count - from);
    await index.add(
      Array.from({ length }, (_, i) => ({ id: from + i + 1, personId: from + i + 1, embedding: rowOf(from + i) })),
    );
  }
  return index;
}

async function timed(times: number, ask: (i: number) => unknown): Promise<number[]> {
  const took: number[] = [];
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    await ask(i);
    took.push(performance.now() - start);
  }
  return took;
}

const title = `Exact search: ${templates} templates of ${SIZE}, ${threads} threads, ${faces ? "LFW and strangers" : "noise"}`;
const table: [what: string, measured: string][] = [];
function tell(what: string, ...measured: string[]): void {
  const line = measured.filter((part) => part !== "").join("; ");
  table.push([what, line]);
  if (!values.json) console.log(`${what.padEnd(20)} ${line}`);
}

if (!values.json) console.log(title);

if (wanted("single") || wanted("batch") || wanted("recall")) {
  const start = performance.now();
  await using index = await build(templates);
  tell("made int8 of them", `${seconds(performance.now() - start)}, one thread`);
  await timed(5, (i) => index.search(probe(i), { limit: LIMIT }));
  if (wanted("single")) await single(index);
  if (wanted("batch")) await batch(index);
  if (wanted("recall")) await recall(index);
}
if (wanted("small")) await small();
if (values.json) console.log(JSON.stringify({ title, columns: ["what", "measured"], rows: table }));

async function single(index: Int8Index): Promise<void> {
  const bytes = templates * SIZE;
  const native = nativePasses(bytes, threads);
  const copied = await typedArraySet(bytes, threads);
  compared = 0;
  const took = await timed(41, (i) => index.search(probe(i), { limit: LIMIT }));
  const best = Math.min(...took);
  if (native) {
    tell("memcpy in C", `${native.memcpy.toFixed(1)} ms, ${gigabytes(bytes, native.memcpy)} read`);
    tell("reading in C", `${native.read.toFixed(1)} ms, ${gigabytes(bytes, native.read)}`);
  }
  tell("TypedArray.set", `${copied.toFixed(1)} ms, ${gigabytes(bytes, copied)} read`);
  const middle = median(took);
  const fastest = Math.min(copied, native?.memcpy ?? copied);
  tell(
    `a query, top ${LIMIT}`,
    `${middle.toFixed(1)} ms at the median, ${gigabytes(bytes, middle)}, best ${best.toFixed(1)} ms`,
    `${(middle / fastest).toFixed(2)}× the fastest copy`,
    native ? `${(middle / native.read).toFixed(2)}× reading` : "",
    `${(compared / took.length).toFixed(0)} templates compared by their own numbers`,
  );
}

async function batch(index: Int8Index): Promise<void> {
  const rate = await matmulRate(threads);
  compared = 0;
  const [took] = await timed(1, () =>
    Promise.all(Array.from({ length: queries }, (_, i) => index.search(probe(i), { limit: LIMIT }))),
  );
  const reached = (2 * queries * templates * SIZE) / took! / 1e6;
  tell("a float product", `${rate.toFixed(0)} GFLOP/s, ONNX Runtime`);
  tell(
    `${queries} queries`,
    `${seconds(took!)}, ${reached.toFixed(0)} GOP/s, ${(reached / rate).toFixed(2)} of the product's rate`,
    `${(took! / queries).toFixed(2)} ms each`,
    `${(compared / queries).toFixed(0)} templates compared by their own numbers`,
  );
}

async function recall(index: Int8Index): Promise<void> {
  const probes = Array.from({ length: faces ? faces.asked.length : Math.min(queries, 1000) }, (_, i) => probe(i));
  const found = await Promise.all(probes.map((one) => index.search(one, { limit: 1 })));
  const nearest = await floatTop1(rows, probes, threads);
  const agreed = found.filter(([match], i) => match!.templateId === nearest[i]! + 1).length;
  tell("float's nearest", `found for ${agreed} of ${probes.length} probes: ${(agreed / probes.length).toFixed(5)}`);
}

/** From how many templates on it pays: beside the plain scan, one query, the threads' start not counted. */
async function small(): Promise<void> {
  for (const count of [1000, 5000, 10_000, 20_000, 50_000, 100_000].filter((most) => most <= templates)) {
    const plain = createExactIndex(SIZE);
    plain.add(Array.from({ length: count }, (_, i) => ({ id: i + 1, personId: i + 1, embedding: rowOf(i) })));
    const large = await build(count);
    await timed(20, (i) => large.search(probe(i), { limit: LIMIT }));
    const before = median(await timed(20, (i) => plain.search(probe(i), { limit: LIMIT })));
    const after = median(await timed(20, (i) => large.search(probe(i), { limit: LIMIT })));
    for (let i = 0; i < 10; i++) {
      const [a, b] = [plain.search(probe(i), { limit: LIMIT }), await large.search(probe(i), { limit: LIMIT })];
      if (JSON.stringify(a) !== JSON.stringify(b)) throw new Error(`the ways differ: ${JSON.stringify([a, b])}`);
    }
    await large[Symbol.asyncDispose]();
    tell(`${count} templates`, `plain ${before.toFixed(2)} ms, int8 ${after.toFixed(2)} ms`);
  }
}
