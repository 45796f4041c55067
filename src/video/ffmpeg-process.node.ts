import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

const LINES_KEPT = 20;
/** What ffmpeg gets to end politely: an RTSP server is told goodbye, a file is closed. */
const POLITE_MS = 2000;

/** The child's environment: ours, with messages in English and without colours. */
export function toolEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: "C", AV_LOG_FORCE_NOCOLOR: "1" };
}

/**
 * One run of ffmpeg. Its input, its output and what it prints are pipes of ours: when our process dies, even by
 * `kill -9`, ffmpeg meets a broken pipe or the end of its input, and ends.
 */
export class FfmpegProcess {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  /** The exit code once all that it printed has been read; null where a signal ended it, an Error where none began. */
  readonly ended: Promise<number | null | Error>;
  #running = true;

  constructor(command: string, args: readonly string[]) {
    const quiet = ["-hide_banner", "-nostats", "-loglevel", "warning"];
    this.#child = spawn(command, [...quiet, ...args], {
      stdio: ["pipe", "pipe", "pipe", "pipe"],
      env: toolEnvironment(),
      windowsHide: true,
      // Its own group: a Ctrl-C is for us, who may want to finish the file. Windows would open a window for it.
      detached: process.platform !== "win32",
    });
    this.ended = new Promise((resolve) => {
      this.#child.once("error", resolve);
      this.#child.once("close", (code) => resolve(code));
    });
    void this.ended.then(() => {
      this.#running = false;
    });
    for (const pipe of this.#child.stdio) pipe?.on("error", () => {}); // a broken pipe shows in how the child ended
    createInterface({ input: this.#child.stderr as Readable }).on("line", (line) => {
      this.#lines.push(line);
      if (this.#lines.length > LINES_KEPT) this.#lines.shift();
    });
  }

  get stdin(): Writable {
    return this.#child.stdin as Writable;
  }

  get stdout(): Readable {
    return this.#child.stdout as Readable;
  }

  /** The output numbered 3. */
  get third(): Readable {
    return this.#child.stdio[3] as Readable;
  }

  /** The last lines of stderr, warnings and errors; they may hold passwords. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Ends it, at once if it will not hear, and resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.#running) {
      for (const pipe of this.#child.stdio) pipe?.destroy();
      this.#child.kill("SIGTERM");
    }
    const kill = setTimeout(() => this.#child.kill("SIGKILL"), POLITE_MS);
    await this.ended;
    clearTimeout(kill);
  }
}
