// Compile src/ to dist/. Plain JavaScript, because `npm ci` runs it (as `prepare`) before anything is built.
import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
const { status } = spawnSync(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json")], {
  stdio: "inherit",
  cwd: root,
});
if (status !== 0) process.exit(status ?? 1);

// The live view's page beside its modules.
const page = join("live", "page");
cpSync(join(root, "src", page), join(root, "dist", page), {
  recursive: true,
  filter: (path) => !path.endsWith(".ts"),
});

// TypeScript 6.0 forgets to turn the .ts of an import() into .js where the function has an `await using`.
const dist = join(root, "dist");
const forgotten = readdirSync(dist, { recursive: true }).filter(
  (file) => file.endsWith(".js") && /\bimport\("[^"]+\.ts"\)/.test(readFileSync(join(dist, file), "utf8")),
);
if (forgotten.length > 0) {
  console.error(`move these files' import() out of the function that has \`await using\`: ${forgotten.join(", ")}`);
  process.exit(1);
}
