/**
 * Is memory flat over many photographs? `arcface embed` over a folder's photographs, again and again until there are so many,
 * with the memory of its process every few seconds. Killed, it goes on where it was.
 *
 *     npx tsx --conditions=arcface-source bench/soak.ts [--photographs 50000] [--folder FOLDER] [--work FOLDER] [--json]
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { listPhotographs } from "../src/bulk/list-photographs.node.ts";

const { values } = parseArgs({
  options: {
    photographs: { type: "string", default: "50000" },
    folder: { type: "string", default: join(process.env.ARCFACE_DATA ?? "../shared/data", "lfw") },
    work: { type: "string", default: join(import.meta.dirname, ".state", "soak") },
    json: { type: "boolean", default: false },
  },
});
const count = Number(values.photographs);
const SAMPLE_MS = 2000;
/** Parts of the run whose memory is told. */
const PARTS = 5;

const photographs = join(values.work, `photographs-${count}`);
if (!existsSync(photographs)) await linkPhotographs();
const out = join(values.work, `out-${count}`);

const start = performance.now();
const samples: { readonly at: number; readonly megabytes: number }[] = [];
const child = spawn(
  process.execPath,
  [join(import.meta.dirname, "..", "bin", "arcface.js"), "embed", photographs, "--out", out, "--expect-face", "--json"],
  { stdio: ["ignore", "pipe", "inherit"] },
);
let printed = "";
child.stdout.on("data", (chunk: Buffer) => {
  printed += chunk.toString();
});
const timer = setInterval(sample, SAMPLE_MS);
const code = await new Promise<number | null>((done) => child.once("close", done));
clearInterval(timer);
if (code !== 0) throw new Error(`arcface embed ended with ${code}: ${printed.slice(0, 300)}`);

const { bulk } = JSON.parse(printed) as { bulk: { photographs: number; faces: number } };
const seconds = (performance.now() - start) / 1000;
rmSync(values.work, { recursive: true });
const part = (i: number): number => {
  const [from, to] = [(i / PARTS) * samples.length, ((i + 1) / PARTS) * samples.length].map(Math.floor);
  return Math.max(0, ...samples.slice(from, to).map(({ megabytes }) => megabytes));
};
const table = {
  title: `Bulk embedding of ${bulk.photographs} photographs, ${bulk.faces} faces, ${(bulk.photographs / seconds).toFixed(1)} a second`,
  columns: ["part of the run", "memory at most, MB"],
  rows: Array.from({ length: PARTS }, (_, i) => [`${i + 1} of ${PARTS}`, part(i).toFixed(0)]),
};
if (values.json) console.log(JSON.stringify(table));
else console.log([table.title, ...table.rows.map((row) => row.join("  "))].join("\n"));

/** Links, again and again; a folder that is there is whole. */
async function linkPhotographs(): Promise<void> {
  const files = await listPhotographs(values.folder);
  const part = `${photographs}.part-1`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  for (let i = 0; i < count; i++)
    symlinkSync(resolve(values.folder, files[i % files.length]!), join(part, `${`${i}`.padStart(7, "0")}.jpg`));
  renameSync(part, photographs);
}

function sample(): void {
  const status = (() => {
    try {
      return readFileSync(`/proc/${child.pid}/status`, "utf8");
    } catch {
      return "";
    }
  })();
  const kilobytes = Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1] ?? 0);
  if (kilobytes > 0) samples.push({ at: performance.now() - start, megabytes: kilobytes / 1000 });
}
