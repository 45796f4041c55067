import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createSampleZoo, FILES, type SampleZoo } from "../testing/sample-zoo.node.ts";

const SCRIPT = join(import.meta.dirname, "../../../test/zoo-pull.ts");
/** proper-lockfile takes no less. */
const STALE_LOCK_MS = 2000;

let sample: SampleZoo;
beforeEach(async () => {
  sample = await createSampleZoo();
});
afterEach(() => sample[Symbol.asyncDispose]());

type Pull = {
  readonly child: ChildProcess;
  readonly events: Record<string, unknown>[];
  readonly closed: Promise<number | null>;
};

function pull(slug: string, onEvent: (event: Record<string, unknown>) => void = () => {}): Pull {
  const args = ["--import", "tsx", SCRIPT, sample.cardsDir, String(STALE_LOCK_MS), slug];
  const child = spawn(process.execPath, args, { env: sample.env, stdio: ["ignore", "pipe", "inherit"] });
  const events: Record<string, unknown>[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    events.push(JSON.parse(line));
    onEvent(events.at(-1)!);
  });
  return { child, events, closed: new Promise((resolve) => child.on("close", resolve)) };
}

test("of two processes at once one fetches, and the other waits, says so, and finds it done", async () => {
  sample.registry.mode = "slow";
  const second: Pull[] = [];
  const first = pull("sample/both", ({ phase }) => {
    if (phase !== "download" || second.length > 0) return;
    second.push(
      pull("sample/both", (event) => {
        if (event.phase === "wait") sample.registry.mode = "ok";
      }),
    );
  });
  expect(await first.closed).toBe(0);
  expect(await second[0]!.closed).toBe(0);
  expect(sample.registry.downloads.length).toBe(1);
  expect(second[0]!.events[0]).toMatchObject({ phase: "wait" });
  expect(second[0]!.events.at(-1)).toEqual(first.events.at(-1));
});

test("a process killed in the middle of a download leaves no half file; the next waits out its lock and pulls", async () => {
  sample.registry.mode = "slow";
  const killed = pull("sample/a", ({ phase }) => phase === "download" && killed.child.kill("SIGKILL"));
  expect(await killed.closed).toBe(null);
  expect(await readdir(sample.cacheDir)).toEqual(["lock"]);
  sample.registry.mode = "ok";
  const models = await sample.open({ staleLockMs: STALE_LOCK_MS }).ensure(["sample/a"]);
  expect(models.get("sample/a")?.model?.length).toBe(FILES["package/a.onnx"].length);
  expect(await readdir(sample.cacheDir)).toEqual(["models"]);
});

test("a read-only cache serves what it has, and says so of what it has not", async ({ skip }) => {
  const disk = join(sample.folder, "disk");
  await mkdir(disk);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]);
  if (mounted.status !== 0) skip("mounting a small disk is not permitted here");
  try {
    const zoo = sample.open({ cacheDir: join(disk, "cache") });
    await zoo.ensure(["sample/a"]);
    await zoo.remove("sample/b");
    spawnSync("mount", ["-o", "remount,ro", disk]);
    expect((await zoo.ensure(["sample/a"])).get("sample/a")?.model?.length).toBe(FILES["package/a.onnx"].length);
    await expect(zoo.ensure(["sample/b"])).rejects.toMatchObject({
      code: "IO",
      message: expect.stringContaining("the file system is read-only"),
    });
  } finally {
    spawnSync("umount", [disk]);
  }
});

test("a full disk is NO_SPACE, leaves nothing half, and room makes it work", async ({ skip }) => {
  const disk = join(sample.folder, "disk");
  await mkdir(disk);
  // Room for the published file and half of the prepared one.
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=100k", "tmpfs", disk]);
  if (mounted.status !== 0) skip("mounting a small disk is not permitted here");
  try {
    const zoo = sample.open({ cacheDir: join(disk, "cache") });
    await expect(zoo.ensure(["sample/a"])).rejects.toMatchObject({
      code: "NO_SPACE",
      message: expect.stringContaining("the disk is full"),
    });
    expect(await readdir(join(disk, "cache/models"))).toEqual([]);
    spawnSync("mount", ["-o", "remount,size=1m", disk]);
    expect((await zoo.ensure(["sample/a"])).size).toBe(1);
  } finally {
    spawnSync("umount", [disk]);
  }
});
