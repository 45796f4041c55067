import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import { findChromium } from "./find-chromium.node.ts";
import { deviceName } from "./page-task.ts";
import { treeMemory } from "./process-memory.node.ts";

test("a browser is found on PATH, the one that is chosen first", async () => {
  const folder = await mkdtemp(join(tmpdir(), "arcface-find-"));
  try {
    const [first, second] = [join(folder, "a"), join(folder, "b")];
    for (const [place, name] of [
      [first, "google-chrome"],
      [second, "chromium"],
    ] as const) {
      await mkdir(place);
      await writeFile(join(place, name), "#!/bin/sh\n");
      await chmod(join(place, name), 0o755);
    }
    const PATH = [first, second].join(delimiter);
    expect(await findChromium({ PATH }, "linux")).toBe(join(first, "google-chrome"));
    expect(await findChromium({ PATH, CHROME_PATH: join(second, "chromium") }, "linux")).toBe(join(second, "chromium"));
    await expect(findChromium({ PATH: folder }, "linux")).rejects.toMatchObject({ code: "MISSING_TOOL" });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a processor that plays a graphics card is not called one", () => {
  const card = { vendor: "nvidia", architecture: "ampere", description: "", isFallback: false };
  expect(deviceName(card)).toBe("nvidia ampere");
  expect(deviceName({ ...card, vendor: "google", architecture: "swiftshader" })).toContain("no graphics card");
  expect(deviceName({ ...card, description: "llvmpipe (LLVM 15)" })).toContain("no graphics card");
  expect(deviceName({ ...card, isFallback: true })).toContain("no graphics card");
});

test.skipIf(process.platform !== "linux")("memory is that of a process and of what it started", async () => {
  const held = "const held = Buffer.alloc(5e7, 1); setTimeout(() => held, 60000)";
  const script = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(held)}]); setTimeout(() => {}, 60000)`;
  const child = spawn(process.execPath, ["-e", script], { detached: true });
  try {
    await expect
      .poll(() => treeMemory(child.pid!, (line) => line.includes("held = ")), { timeout: 20_000 })
      .toBeGreaterThan(5e7);
    expect(await treeMemory(child.pid!, () => false)).toBe(0);
  } finally {
    process.kill(-child.pid!, "SIGKILL");
  }
});
