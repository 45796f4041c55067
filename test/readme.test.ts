import { spawn } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { samplePhotos, TEST_ENV } from "./default-models.ts";
import { cutPeople } from "./sample-people.ts";

/** Inside the repository, so that the package finds itself by name; a name that git ignores. */
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(import.meta.dirname, "..", "arcface-demo-readme-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test("the README shows examples/quickstart.ts as it is", async () => {
  const readme = await readFile("README.md", "utf8");
  expect(readme).toContain(`\`\`\`ts\n${await readFile("examples/quickstart.ts", "utf8")}\`\`\``);
});

test("the README's example runs, and names who is in the photographs", async () => {
  const people = await cutPeople(folder);
  await copyFile(people.rose1, join(folder, "anna.jpg"));
  await copyFile(people.rose2, join(folder, "anna-later.jpg"));
  await copyFile((await samplePhotos())[2]!, join(folder, "party.jpg"));
  const printed = await run(join(import.meta.dirname, "..", "examples/quickstart.ts"));
  expect(printed).toMatch(/same: true/);
  const names = [...printed.matchAll(/'(Anna|unknown)'/g)].map(([, name]) => name!);
  expect(names.sort()).toEqual(["Anna", "unknown", "unknown"]);
});

function run(script: string): Promise<string> {
  const tsx = join(import.meta.dirname, "..", "node_modules/tsx/dist/cli.mjs");
  const child = spawn(process.execPath, [tsx, "--conditions=arcface-source", script], { cwd: folder, env: TEST_ENV });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  return new Promise((resolve, reject) => {
    child.on("close", (code) => (code === 0 ? resolve(stdout) : reject(new Error(`exit ${code}: ${stderr}`))));
  });
}
