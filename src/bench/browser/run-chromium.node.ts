import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { treeMemory } from "./process-memory.node.ts";

/** Alone on its own profile, silent towards the network. */
const FLAGS = [
  "--headless=new",
  "--no-first-run",
  "--no-default-browser-check",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-extensions",
];

export type BrowserProcess = AsyncDisposable & {
  /** Settles when the browser has ended, with the last of what it wrote. */
  readonly ended: Promise<string>;
  /** Bytes of the processes that pages, or also graphics, run in; `null` where the system does not tell. */
  memory(withGraphics: boolean): Promise<number | null>;
};

const KILL_AFTER_MS = 3000;

/** A headless browser on a page, with a profile that is removed with it. */
export async function runChromium(program: string, address: string, flags: readonly string[]): Promise<BrowserProcess> {
  const profile = await mkdtemp(join(tmpdir(), "arcface-chromium-"));
  // Root, as in containers, gets no sandbox from Chromium; the page is ours, and nothing else is opened.
  const root = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const child = spawn(program, [...FLAGS, ...root, ...flags, `--user-data-dir=${profile}`, address], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  let written = "";
  child.stderr.on("data", (chunk: Buffer) => {
    written = (written + chunk.toString()).slice(-2000);
  });
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", () => resolve(written));
  });
  return {
    ended,
    memory: (withGraphics) =>
      treeMemory(
        child.pid ?? 0,
        (command) => command.includes("--type=renderer") || (withGraphics && command.includes("--type=gpu-process")),
      ),
    async [Symbol.asyncDispose]() {
      process.off("exit", kill);
      child.kill();
      const timer = setTimeout(kill, KILL_AFTER_MS);
      await ended;
      clearTimeout(timer);
      await rm(profile, { recursive: true, force: true, maxRetries: 5 }).catch(() => {});
    },
  };
}
