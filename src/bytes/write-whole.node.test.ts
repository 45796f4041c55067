import { spawnSync } from "node:child_process";
import { lstat, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { needsTool } from "../../test/needs.ts";
import { writeWhole } from "./write-whole.node.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "arcface-write-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function* failing(): AsyncGenerator<Uint8Array> {
  yield Uint8Array.of(1);
  throw new Error("no more");
}

test("contents that fail leave what was there before, and nothing beside it", async () => {
  const path = join(folder, "file");
  await writeWhole(path, "before");
  await expect(writeWhole(path, failing())).rejects.toThrow("no more");
  expect(await readFile(path, "utf8")).toBe("before");
  expect(await readdir(folder)).toEqual(["file"]);
});

needsTool("mkfifo")("a pipe is written to, and stays a pipe", async () => {
  const path = join(folder, "pipe");
  spawnSync("mkfifo", [path]);
  const reading = readFile(path, "utf8");
  await writeWhole(path, "through");
  expect(await reading).toBe("through");
  expect((await lstat(path)).isFIFO()).toBe(true);
});
