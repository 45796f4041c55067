/** A process of its own for one setting, so that its memory is its own: threads, each with a session. */
import { type Answer, toPlain } from "../../host/worker/messages.ts";
import { startWorker, type WorkerThread } from "../../host/worker/start-worker.node.ts";
import { openPowerMeter, type PowerMeter } from "../power.node.ts";
import { type Duration, type Measured, warmUpSeconds } from "../row.ts";
import { latencyOf } from "../statistics.ts";
import { type Opened, type OpenSession, REQUESTS, type Replayed } from "./session-calls.ts";

/** What the process is told, once. */
export type MeasureTask = Omit<OpenSession, "threads"> & {
  readonly sessions: number;
  readonly threadsPerSession: number;
  readonly batch: number;
  readonly duration: Duration;
  /** What errors and rows call the runtime. */
  readonly runtime: string;
};

/** What it says: repetitions done so far, then the answer. */
export type MeasureAnswer = { readonly done: number } | Pick<Answer, "error"> | { readonly result: Measured };

const ENTRY = new URL("./session-thread.node.ts", import.meta.url);
const SAMPLE_MS = 200;

process.once("message", (task: MeasureTask) => {
  const say = (answer: MeasureAnswer) => new Promise<void>((sent) => process.send!(answer, () => sent()));
  measure(task, (done) => void say({ done }))
    .then(
      (result) => say({ result }),
      (error) => say({ error: toPlain(error) }),
    )
    .finally(() => process.disconnect());
});

async function measure(
  { sessions, threadsPerSession, batch, duration, runtime, ...model }: MeasureTask,
  onRepetition: (done: number) => void,
): Promise<Measured> {
  const threads: WorkerThread[] = [];
  const replay = (seconds: number) =>
    Promise.all(threads.map((thread) => thread.call<Replayed>("replay", { seconds })));
  const opened: Opened[] = [];
  for (let i = 0; i < sessions; i++) {
    threads.push(startWorker(ENTRY, model.name));
    opened.push(await threads[i]!.call<Opened>("open", { ...model, threads: threadsPerSession } satisfies OpenSession));
  }
  await replay(warmUpSeconds(duration));

  const { meter, note } = await openPowerMeter();
  const watched = watch(meter);
  await meter?.start();
  const rates: number[] = [];
  const latencies: number[] = [];
  for (let i = 0; i < duration.repetitions; i++) {
    const replayed = await replay(duration.seconds);
    rates.push(replayed.reduce((rate, { runs, ms }) => rate + (1000 * batch * runs) / ms, 0));
    for (const { latencies: each } of replayed) for (const ms of each) latencies.push(ms);
    onRepetition(i + 1);
  }
  const powerW = (await meter?.stop()) ?? null;
  const memoryMB = watched.stop() / 1e6;
  await Promise.all(threads.map((thread) => thread[Symbol.asyncDispose]()));
  return {
    sessions,
    requestsInFlight: REQUESTS * sessions,
    repetitions: rates,
    latencyMs: latencyOf(latencies),
    memoryMB,
    ...opened[0]!,
    powerW,
    powerNote: note,
    runtime,
    device: null,
  };
}

/** The most memory that the process has, and the energy counters before they come round. */
function watch(meter: PowerMeter | null): { stop(): number } {
  let most = process.memoryUsage.rss();
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
    void meter?.sample().catch(() => {});
  }, SAMPLE_MS);
  return {
    stop() {
      clearInterval(timer);
      return Math.max(most, process.memoryUsage.rss());
    },
  };
}
