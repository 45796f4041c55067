/**
 * Imports go down only. The table is the one that ARCHITECTURE.md draws: a file may import from its own folder
 * and from folders on lower lines; folders on one line do not see each other, and no file is in an import cycle.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";

/** From the edges down to the ground. A name is a folder of src/ or a file directly in it. */
const LAYERS: readonly (readonly string[])[] = [
  ["cli"],
  ["node.ts", "web.ts", "index.ts", "pipeline.ts", "pipeline.node.ts", "pipeline.web.ts"],
  ["live", "oak", "reidentify", "bench"],
  ["finetune", "clean", "quantize", "recipes", "report"],
  ["evaluate", "doctor", "model-page", "pipeline", "train", "crops", "bulk"],
  ["recognize"],
  ["detect", "zoo", "calibrate"],
  ["gallery"],
  ["nets", "losses", "safetensors", "nn-archive", "parsers", "data", "metrics", "host", "video", "tracking"],
  ["onnx", "image"],
  ["tensor", "geometry", "bytes"],
  ["file-error.node.ts"],
  ["errors.ts"],
];

/** index.ts is the isomorphic door, which node.ts and web.ts open wider: the only ones on a line that see another. */
const ALLOWED_ON_ONE_LINE = new Set([
  "node.ts → index.ts",
  "web.ts → index.ts",
  "pipeline.node.ts → pipeline.ts",
  "pipeline.web.ts → pipeline.ts",
]);

const root = join(import.meta.dirname, "..", "src");
const files = (readdirSync(root, { recursive: true }) as string[]).filter(
  (f) => f.endsWith(".ts") && !f.endsWith(".test.ts"),
);
const place = (file: string): string => file.split("/")[0]!;
const layerOf = (file: string): number => LAYERS.findIndex((line) => line.includes(place(file)));
const isNodeOnly = (file: string): boolean => file.endsWith(".node.ts") || file === "node.ts" || place(file) === "cli";
const isWebOnly = (file: string): boolean => file.endsWith(".web.ts") || file === "web.ts";

const imports = new Map<string, string[]>();
const problems: string[] = [];
for (const file of files) {
  const text = readFileSync(join(root, file), "utf8");
  const targets = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map((m) =>
    normalize(join(dirname(file), m[1]!)),
  );
  imports.set(file, targets);
  if (layerOf(file) === -1)
    problems.push(`${file}: folder is in no layer; add it to LAYERS in scripts/check-layers.ts`);
  for (const target of targets) {
    if (place(target) === place(file)) continue;
    if (target.startsWith("..")) continue; // package.json, zoo/: data outside src/
    const onOneLine =
      layerOf(target) === layerOf(file) && !ALLOWED_ON_ONE_LINE.has(`${place(file)} → ${place(target)}`);
    if (layerOf(target) < layerOf(file)) problems.push(`${file} imports ${target}, which lies above it`);
    else if (onOneLine) problems.push(`${file} imports ${target}, which lies beside it`);
  }
  for (const target of targets) {
    const typeOnly = new RegExp(`import type [^;]*"[^"]*${target.split("/").at(-1)!.replace(".", "\\.")}"`).test(text);
    if (isNodeOnly(target) && !isNodeOnly(file) && !typeOnly)
      problems.push(`${file} imports ${target}, which runs in Node only`);
    if (isWebOnly(target) && !isWebOnly(file) && !typeOnly)
      problems.push(`${file} imports ${target}, which runs in a browser only`);
  }
}
for (const cycle of findCycles()) problems.push(`import cycle: ${cycle.join(" → ")}`);

if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exit(1);
}

function findCycles(): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const visit = (file: string, path: string[]): void => {
    const at = path.indexOf(file);
    if (at !== -1) cycles.push([...path.slice(at), file]);
    if (at !== -1 || done.has(file)) return;
    for (const target of imports.get(file) ?? []) visit(relative(".", target), [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  return cycles;
}
