import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bytesOf } from "../testing/sample-bytes.ts";
import { BYTES, createSampleHub, FILE, FOLDER, type SampleHub, SLUG } from "./testing/sample-hub.node.ts";

const SCRIPT = join(import.meta.dirname, "../../../test/hub-pull.ts");

let sample: SampleHub;
beforeEach(async () => {
  sample = await createSampleHub();
});
afterEach(() => sample[Symbol.asyncDispose]());

type Event = Record<string, unknown>;
type Pull = { readonly child: ChildProcess; readonly events: Event[]; readonly closed: Promise<number | null> };

function pull(onEvent: (event: Event) => void = () => {}): Pull {
  const env = { PATH: process.env.PATH, ...sample.hub.env, DEPTHAI_ZOO_CACHE_PATH: sample.cacheDirectory };
  const child = spawn(process.execPath, ["--import", "tsx", SCRIPT, SLUG, "RVC2"], {
    env: { ...env, DEPTHAI_ZOO_INTERNET_CHECK_TIMEOUT: "20000" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const events: Event[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    events.push(JSON.parse(line));
    onEvent(events.at(-1)!);
  });
  return { child, events, closed: new Promise((resolve) => child.on("close", resolve)) };
}

test("of two processes at once one fetches, and the other waits, says so, and finds it done", async () => {
  sample.hub.storage.mode = "slow";
  const second: Pull[] = [];
  const first = pull(({ phase }) => {
    if (phase !== "download" || second.length > 0) return;
    second.push(
      pull((event) => {
        if (event.phase === "wait") sample.hub.storage.mode = "ok";
      }),
    );
  });
  expect(await first.closed).toBe(0);
  expect(await second[0]!.closed).toBe(0);
  expect(second[0]!.events).toEqual([{ phase: "wait" }, { path: join(sample.cacheDirectory, FOLDER, FILE) }]);
  expect(sample.hub.storage.requests.length).toBe(1);
});

test("a process killed in the middle of a download leaves a half that the next one goes on from", async () => {
  sample.hub.storage.mode = "slow";
  const killed = pull(({ received }) => Number(received) >= BYTES.length / 2 && killed.child.kill("SIGKILL"));
  expect(await killed.closed).toBe(null);
  expect((await sample.left())[0]).toBe(".parts");
  sample.hub.storage.mode = "ok";
  // proper-lockfile takes no less.
  expect(await readFile(await sample.get({ staleLockMs: 2000 }))).toEqual(Buffer.from(BYTES));
  expect(sample.hub.storage.requests.at(-1)!.range).toBe(`bytes=${BYTES.length / 2}-`);
});

function mountDisk(at: string, size: string): boolean {
  return spawnSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", at]).status === 0;
}

test("a read-only cache serves what it has without asking, and refuses the rest in DepthAI's words", async ({
  skip,
}) => {
  const disk = join(sample.folder, "disk");
  await mkdir(disk);
  if (!mountDisk(disk, "2m")) skip("mounting a small disk is not permitted here");
  try {
    const cacheDirectory = join(disk, "cache");
    await mkdir(cacheDirectory);
    spawnSync("mount", ["-o", "remount,ro", disk]);
    await expect(sample.get({ cacheDirectory })).rejects.toMatchObject({
      code: "IO",
      message: "Model is not cached and no lock is held. Please check the cache directory permissions.",
    });
    spawnSync("mount", ["-o", "remount,rw", disk]);
    await sample.get({ cacheDirectory });
    spawnSync("mount", ["-o", "remount,ro", disk]);
    const asked = sample.hub.healthChecks;
    expect(await readFile(await sample.get({ cacheDirectory }))).toEqual(Buffer.from(BYTES));
    expect(sample.hub.healthChecks).toBe(asked);
  } finally {
    spawnSync("umount", [disk]);
  }
});

test("a full disk is NO_SPACE, leaves nothing, and room makes it work", async ({ skip }) => {
  const disk = join(sample.folder, "disk");
  await mkdir(disk);
  if (!mountDisk(disk, "200k")) skip("mounting a small disk is not permitted here");
  try {
    const cacheDirectory = join(disk, "cache");
    await expect(sample.get({ cacheDirectory })).rejects.toMatchObject({
      code: "NO_SPACE",
      message: expect.stringContaining("the disk is full"),
    });
    expect(await readdir(cacheDirectory)).toEqual([".locks"]);
    spawnSync("mount", ["-o", "remount,size=1m", disk]);
    await sample.get({ cacheDirectory });
  } finally {
    spawnSync("umount", [disk]);
  }
});

test("a disk that fills up with the metadata leaves nothing either", async ({ skip }) => {
  const disk = join(sample.folder, "disk");
  await mkdir(disk);
  if (!mountDisk(disk, "64k")) skip("mounting a small disk is not permitted here");
  try {
    const cacheDirectory = join(disk, "cache");
    // A page for the file's own, none for what is written beside it.
    sample.hub.models[0]!.files = { [FILE]: bytesOf(1, 60_000) };
    await expect(sample.get({ cacheDirectory })).rejects.toMatchObject({ code: "NO_SPACE" });
    expect(await readdir(cacheDirectory)).toEqual([".locks"]);
  } finally {
    spawnSync("umount", [disk]);
  }
});
