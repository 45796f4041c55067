import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import * as z from "zod";
import { ArcfaceError, type ErrorCode } from "../errors.ts";
import { bridgeEnvironment } from "./bridge-environment.node.ts";
import { BRIDGE_VERSION, type BridgeMessage, encodeMessage, helloSchema, MessageDecoder } from "./protocol.ts";

export type BridgeOptions = {
  /** The Python that has `depthai`. */
  readonly python: string;
  readonly script: string;
  readonly args: readonly string[];
  /** For an answer, the hello among them: a device takes some seconds to boot. */
  readonly timeoutMs: number;
};

export type Hello = { readonly platform: string; readonly deviceId: string };

type Waiting = { resolve(message: BridgeMessage): void; reject(error: Error): void };

const LINES_KEPT = 10;
/** What the bridge gets to end by itself. */
const POLITE_MS = 2000;

/** Codes that a bridge may give an error; any other is a device that answered badly. */
const CODES: readonly ErrorCode[] = [
  "MISSING_TOOL",
  "NOT_FOUND",
  "MODEL_MISMATCH",
  "UNSUPPORTED_FORMAT",
  "CONFLICT",
  "INVALID_ARGUMENT",
];

const errorSchema = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() });

/** The bridge, from its hello to its end. When it fails, whatever waits for it and all that is asked later fail with it. */
export class BridgeProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #timeoutMs: number;
  readonly #decoder = new MessageDecoder();
  readonly #waiting = new Map<number | "hello", Waiting>();
  readonly #lines: string[] = [];
  readonly #ended: Promise<void>;
  #failure: ArcfaceError | null = null;
  #nextId = 0;

  private constructor({ python, script, args, timeoutMs }: BridgeOptions) {
    this.#name = `OAK bridge (${python} ${script})`;
    this.#timeoutMs = timeoutMs;
    const options = { stdio: "pipe", env: bridgeEnvironment(), windowsHide: true } as const;
    this.#child = spawn(python, [script, ...args], options);
    this.#ended = new Promise((resolve) => {
      this.#child.once("error", (cause) => {
        this.#fail(notStarted(python, cause));
        resolve();
      });
      this.#child.once("close", (code, signal) => {
        this.#fail(this.#death(code, signal));
        resolve();
      });
    });
    this.#child.stdin!.on("error", () => {}); // a broken pipe shows in how the child ended
    this.#child.stdout!.on("data", (chunk: Buffer) => this.#receive(chunk));
    createInterface({ input: this.#child.stderr! }).on("line", (line) => {
      this.#lines.push(line);
      if (this.#lines.length > LINES_KEPT) this.#lines.shift();
    });
  }

  /**
   * @throws {ArcfaceError} MISSING_TOOL where Python or depthai is not installed; NOT_FOUND where there is no device;
   *   UNSUPPORTED_FORMAT where the bridge is of another version or no bridge; NETWORK where it dies or is silent.
   */
  static async start(options: BridgeOptions): Promise<{ bridge: BridgeProcess; hello: Hello }> {
    const bridge = new BridgeProcess(options);
    try {
      const { header } = await bridge.#answer("hello");
      const hello = helloSchema.safeParse(header);
      if (header.version !== BRIDGE_VERSION || !hello.success) {
        const got = header.version === BRIDGE_VERSION ? "another" : `version ${JSON.stringify(header.version)}`;
        const what = `a hello of version ${BRIDGE_VERSION}, got ${got}`;
        throw new ArcfaceError("UNSUPPORTED_FORMAT", `${bridge.#name}: expected ${what}`);
      }
      return { bridge, hello: hello.data };
    } catch (error) {
      await bridge[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** @throws {ArcfaceError} what the bridge answers; NETWORK where it dies or is silent; CLOSED after disposing. */
  request(header: Readonly<Record<string, unknown>>, bodies: readonly Uint8Array[] = []): Promise<BridgeMessage> {
    const id = this.#nextId++;
    const answer = this.#answer(id);
    if (!this.#failure) this.#child.stdin!.write(encodeMessage({ ...header, id }, bodies));
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#fail(new ArcfaceError("CLOSED", `${this.#name}: was used after it was closed`));
    // The end of its input is the bridge's end.
    this.#child.stdin!.end();
    const terminate = setTimeout(() => this.#child.kill("SIGTERM"), POLITE_MS);
    const kill = setTimeout(() => this.#child.kill("SIGKILL"), 2 * POLITE_MS);
    await this.#ended;
    clearTimeout(terminate);
    clearTimeout(kill);
  }

  #answer(id: number | "hello"): Promise<BridgeMessage> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#fail(this.#silence()), this.#timeoutMs);
      const settle = () => {
        clearTimeout(timer);
        this.#waiting.delete(id);
      };
      this.#waiting.set(id, {
        resolve(message) {
          settle();
          resolve(message);
        },
        reject(error) {
          settle();
          reject(error);
        },
      });
    });
  }

  #receive(chunk: Uint8Array): void {
    if (this.#failure) return;
    try {
      for (const message of this.#decoder.push(chunk)) this.#dispatch(message);
    } catch (error) {
      this.#fail(error as ArcfaceError);
    }
  }

  #dispatch(message: BridgeMessage): void {
    const { type, id } = message.header;
    if (type !== "hello" && type !== "reply" && type !== "error") {
      throw new ArcfaceError("UNSUPPORTED_FORMAT", `${this.#name}: expected a reply, got ${JSON.stringify(type)}`);
    }
    // What has no id is about the start.
    const waiting = this.#waiting.get(typeof id === "number" ? id : "hello");
    if (type !== "error") waiting?.resolve(message);
    else if (waiting) waiting.reject(errorOf(message));
    else this.#fail(errorOf(message));
  }

  /** The first failure is the one that counts. */
  #fail(error: ArcfaceError): void {
    if (this.#failure) return;
    this.#failure = error;
    for (const { reject } of [...this.#waiting.values()]) reject(error);
    // Whatever is the matter with it, it is of no use any more.
    if (error.code !== "CLOSED") this.#child.kill();
  }

  #death(code: number | null, signal: string | null): ArcfaceError {
    const last = this.#lines.filter((line) => line.trim() !== "").at(-1);
    const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
    return new ArcfaceError("NETWORK", `${this.#name}: ${how}${last === undefined ? "" : `: ${last.trim()}`}`);
  }

  #silence(): ArcfaceError {
    return new ArcfaceError("NETWORK", `${this.#name}: no answer within ${this.#timeoutMs / 1000} s`, {
      hint: "is the device still connected? The option `timeoutMs` gives it longer",
    });
  }
}

function errorOf({ header }: BridgeMessage): ArcfaceError {
  const told = errorSchema.safeParse(header);
  if (!told.success)
    return new ArcfaceError("UNSUPPORTED_FORMAT", "OAK bridge: expected an error with a message, got none");
  const { code, message, hint } = told.data;
  return new ArcfaceError(CODES.find((known) => known === code) ?? "NETWORK", message, { hint });
}

function notStarted(python: string, cause: NodeJS.ErrnoException): ArcfaceError {
  const problem = cause.code === "ENOENT" ? "is not installed" : `does not start: ${cause.message}`;
  return new ArcfaceError("MISSING_TOOL", `${python}: OAK devices need this program, which ${problem}`, {
    hint: "install Python 3 and `python3 -m pip install 'depthai>=3'`, or name one that has it in the option `python`",
    cause,
  });
}
