import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import { TEST_ENV } from "./default-models.ts";

export type CliRun<Document> = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What stdout says, where --json was asked for. Throws where it is not one document. */
  readonly json: Document;
};

export type CliOptions = {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The child as soon as it runs: to signal it, or to close its pipes. */
  readonly started?: (child: ChildProcess) => void;
};

export const BIN: string = resolve("bin/arcface.js");

/**
 * The built command line as a process of its own, with the tests' model cache. Without a gallery: give --gallery, or
 * ARCFACE_GALLERY in `env`, so that nobody's own is touched.
 */
export function runCli<Document = unknown>(
  args: readonly string[],
  { cwd, env = {}, started }: CliOptions = {},
): Promise<CliRun<Document>> {
  // Vitest sets NODE_ENV, VITEST and colours, of which the command line is to know nothing.
  const { FORCE_COLOR: _, NO_COLOR: __, NODE_OPTIONS: ___, ...inherited } = TEST_ENV;
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd,
    env: { ...inherited, ARCFACE_GALLERY: "/nonexistent/gallery.db", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  started?.(child);
  return new Promise((done, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const text = Buffer.concat(stdout).toString();
      done({
        code,
        signal,
        stdout: text,
        stderr: Buffer.concat(stderr).toString(),
        get json() {
          return JSON.parse(text) as Document;
        },
      });
    });
  });
}
