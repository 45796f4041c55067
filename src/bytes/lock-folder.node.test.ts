import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockFolder } from "./lock-folder.node.ts";

const CHILD = fileURLToPath(new URL("./testing/hold-lock.node.ts", import.meta.url));
const child = (what: "hold" | "turns"): ChildProcess =>
  spawn(process.execPath, ["--import", "tsx", CHILD, folder, what], { stdio: ["ignore", "pipe", "inherit"] });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lock-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("a process has a folder once, and leaves nothing in it", async () => {
  const held = await lockFolder(join(folder, "a/b"));
  await expect(lockFolder(join(folder, "a/b"))).rejects.toMatchObject({
    code: "CONFLICT",
    message: `${join(folder, "a/b")}: this process is at work in this folder`,
  });
  await held[Symbol.asyncDispose]();
  const again = await lockFolder(join(folder, "a/b"));
  await held[Symbol.asyncDispose](); // twice, which is nothing to the new one
  expect((await readdir(join(folder, "a/b"))).length).toBe(1);
  await again[Symbol.asyncDispose]();
  expect(await readdir(join(folder, "a/b"))).toEqual([]);
});

test("another process is told by its number; once it is killed, its lock is nobody's", async () => {
  const other = child("hold");
  await once(other.stdout!, "data");
  await expect(lockFolder(folder)).rejects.toMatchObject({
    code: "CONFLICT",
    message: `${folder}: process ${other.pid} is at work in this folder`,
    hint: expect.stringContaining(`remove ${join(folder, "lock-")}`),
  });
  other.kill("SIGKILL");
  await once(other, "close");
  await (await lockFolder(folder))[Symbol.asyncDispose]();
  expect(await readdir(folder)).toEqual([]);
});

test("four processes take turns: never are two inside", async () => {
  const codes = await Promise.all(Array.from({ length: 4 }, () => once(child("turns"), "close")));
  expect(codes.map(([code]) => code)).toEqual([0, 0, 0, 0]);
  expect(await readdir(folder)).toEqual([]);
});

const machine = hostname().replace(/[^\w.]/g, "_");

test("a later process with the number of a dead one does not hold its lock", async ({ skip }) => {
  if (process.platform !== "linux") skip("the system does not say when a process began");
  await writeFile(join(folder, `lock-${machine}-${process.pid}-1`), "");
  await (await lockFolder(folder))[Symbol.asyncDispose]();
  expect(await readdir(folder)).toEqual([]);
});

test("nobody knows whether another machine's process lives: it is said which file to remove", async () => {
  const name = "lock-other-host-1234-5";
  await writeFile(join(folder, name), "");
  await expect(lockFolder(folder)).rejects.toMatchObject({
    code: "CONFLICT",
    message: `${folder}: process 1234 of the machine other-host is at work in this folder`,
    hint: expect.stringContaining(`remove ${join(folder, name)}`),
  });
  expect(await readdir(folder)).toEqual([name]);
});
