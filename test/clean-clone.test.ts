import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import packageJson from "../package.json" with { type: "json" };
import { TEST_CACHE } from "./default-models.ts";

const execute = promisify(execFile);
const TEN_MINUTES = 600_000;

let clone = "";
/** As a person's shell has it: what npm and vitest set for us must not reach the clone's npm. */
const env = Object.fromEntries(
  Object.entries({ ...process.env, ARCFACE_CACHE: TEST_CACHE }).filter(
    ([name]) => !/^(npm_(?!config_)|VITEST|NODE_ENV$|NODE_OPTIONS$|INIT_CWD$)/.test(name),
  ),
);
const run = (program: string, ...args: string[]) => execute(program, args, { cwd: clone, env, maxBuffer: 1 << 26 });

// What a clone of the next commit holds, installed as README.md says; better-sqlite3 may be compiled on the way.
beforeAll(async () => {
  clone = await mkdtemp(join(tmpdir(), "arcface-clone-"));
  const { stdout } = await execute("git", ["ls-files", "-z", "-co", "--exclude-standard"], { maxBuffer: 1 << 26 });
  for (const file of stdout.split("\0").filter((name) => name !== "")) {
    // A file that was deleted and not committed yet is listed still.
    await cp(file, join(clone, file)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
  }
  await run("npm", "ci", "--no-audit", "--no-fund");
}, TEN_MINUTES);
afterAll(() => rm(clone, { recursive: true, force: true }), TEN_MINUTES);

test("a clean clone has a working command line after npm ci", async () => {
  expect((await run("npx", "--no-install", "arcface", "--version")).stdout.trim()).toBe(packageJson.version);
  expect((await run("npx", "--no-install", "arcface", "models", "list")).stdout).toContain("faceplugin/mobilefacenet");
});

test("its gallery's native part works", async () => {
  const { stdout } = await run(
    "npx",
    "--no-install",
    "arcface",
    "people",
    "list",
    "--json",
    "--gallery",
    "absent.db",
  ).catch((error: { stdout: string }) => error);
  // An absent gallery is refused before the driver is asked, so the driver is asked too.
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "NOT_FOUND" } });
  const script = 'new (require("better-sqlite3"))(":memory:").close(); console.log("works")';
  expect((await run("node", "-e", script)).stdout.trim()).toBe("works");
});

test("npm ci left the lock as it was, no host in it, and node_modules complete", async () => {
  const [lock, original] = await Promise.all(
    [join(clone, "package-lock.json"), "package-lock.json"].map((path) => readFile(path, "utf8")),
  );
  expect(lock).toBe(original);
  expect(lock).not.toMatch(/"resolved":/);
  // Fails where anything is missing, extraneous or of another version.
  const { stdout } = await run("npm", "ls", "--all", "--json");
  expect(JSON.parse(stdout)).not.toHaveProperty("problems");
});
