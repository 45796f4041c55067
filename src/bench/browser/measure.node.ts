import { ArcfaceError, throwIfCancelled } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { openPowerMeter } from "../power.node.ts";
import { type Duration, type Measured, warmUpSeconds } from "../row.ts";
import { latencyOf } from "../statistics.ts";
import { findChromium } from "./find-chromium.node.ts";
import { deviceName, type PageAnswer, type PageTask } from "./page-task.ts";
import { type BrowserProcess, runChromium } from "./run-chromium.node.ts";
import { servePage } from "./serve-page.node.ts";

export type BrowserTask = {
  readonly name: string;
  readonly model: Uint8Array;
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly batch: number;
  readonly threads: number;
  readonly platform: "wasm" | "webgpu";
  readonly duration: Duration;
  readonly onRepetition?: ((done: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** WebGPU on a processor takes minutes for a large network; longer than this without a word is no measurement. */
const PATIENCE_MS = 20 * 60_000;

/** A graphics card first; where there is none, a processor that plays one, which a row says of itself. */
const ATTEMPTS = {
  wasm: [["--disable-gpu"]],
  webgpu: [
    ["--enable-unsafe-webgpu", "--enable-features=Vulkan"],
    ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
  ],
} as const;

/**
 * One network on onnxruntime-web, in a page of a headless Chromium of the user's.
 *
 * @throws {ArcfaceError} MISSING_TOOL where there is no browser, or no WebGPU in it; UNSUPPORTED_FORMAT where the runtime
 * refuses the network; CANCELLED; INTERNAL where the browser ended by itself.
 */
export async function measureInBrowser(task: BrowserTask): Promise<Measured> {
  const program = await findChromium();
  let missing = "";
  for (const flags of ATTEMPTS[task.platform]) {
    throwIfCancelled(task.signal, task.name);
    const outcome = await attempt(task, program, flags);
    if (typeof outcome !== "string") return outcome;
    missing = outcome;
  }
  throw new ArcfaceError(
    "MISSING_TOOL",
    missing === "webgpu" ? `webgpu: ${program} lacks it` : "webgpu: no graphics card, nor a processor in its place",
    { hint: "--platform wasm runs everywhere" },
  );
}

/** @returns what was missing, where something was. */
async function attempt(task: BrowserTask, program: string, flags: readonly string[]): Promise<Measured | string> {
  const { name, platform, threads, duration, feeds, batch } = task;
  const pageTask: PageTask = {
    ...{ name, platform, threads, ...duration, warmUpSeconds: warmUpSeconds(duration) },
    feeds: Object.entries(feeds).map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
  };
  const { meter, note } = await openPowerMeter();
  const started: { loadMs: number; firstInferenceMs: number } = { loadMs: 0, firstInferenceMs: 0 };
  const rates: number[] = [];
  const latencies: number[] = [];
  const answers = createAnswers();
  await using server = await servePage(pageTask, task.model, Object.values(feeds), answers.put);
  await using browser = await runChromium(program, server.address, flags);
  const stopped = answers.failWhen(browser, task);
  let memory: number | null = null;
  const sampling = setInterval(() => void meter?.sample().catch(() => {}), 1000);
  try {
    for (;;) {
      const answer = await Promise.race([answers.next(), stopped.failed]);
      if (answer.type === "missing") return answer.what;
      if (answer.type === "error")
        throw new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: onnxruntime-web: ${answer.message.slice(0, 300)}`);
      if (answer.type === "warm") {
        Object.assign(started, { loadMs: answer.loadMs, firstInferenceMs: answer.firstInferenceMs });
        await meter?.start();
      } else if (answer.type === "repetition") {
        rates.push((1000 * batch * answer.latencies.length) / answer.ms);
        latencies.push(...answer.latencies);
        task.onRepetition?.(rates.length);
        // Between repetitions, so that counting takes no time of theirs.
        const now = await browser.memory(platform === "webgpu");
        memory = now === null ? null : Math.max(memory ?? 0, now);
      } else {
        return {
          ...started,
          sessions: 1,
          requestsInFlight: 1,
          repetitions: rates,
          latencyMs: latencyOf(latencies),
          memoryMB: memory === null ? null : memory / 1e6,
          powerW: (await meter?.stop()) ?? null,
          powerNote: note,
          runtime: `onnxruntime-web ${server.version}`,
          device: answer.device && deviceName(answer.device),
        };
      }
    }
  } finally {
    clearInterval(sampling);
    stopped.forget();
  }
}

/** What the page says, one after the other, and what ends the waiting for it. */
function createAnswers() {
  const waiting: PageAnswer[] = [];
  let wake = (): void => {};
  return {
    put(answer: PageAnswer): void {
      waiting.push(answer);
      wake();
    },
    async next(): Promise<PageAnswer> {
      while (waiting.length === 0)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      return waiting.shift()!;
    },
    failWhen(browser: BrowserProcess, { name, signal }: BrowserTask) {
      let fail: (error: ArcfaceError) => void;
      const failed = new Promise<never>((_, reject) => {
        fail = reject;
      });
      failed.catch(() => {});
      const onAbort = () => fail(new ArcfaceError("CANCELLED", `${name}: cancelled`, { cause: signal?.reason }));
      signal?.addEventListener("abort", onAbort, { once: true });
      const timer = setTimeout(
        () => fail(new ArcfaceError("INTERNAL", `${name}: the browser says nothing any more`)),
        PATIENCE_MS,
      );
      void browser.ended.then((written) =>
        fail(
          new ArcfaceError("INTERNAL", `${name}: the browser ended by itself: ${written.trim().split("\n").at(-1)}`),
        ),
      );
      const forget = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
      };
      return { failed, forget };
    },
  };
}
