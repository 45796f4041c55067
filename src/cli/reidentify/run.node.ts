import { Gallery } from "../../gallery/gallery.ts";
import { createScanThreads } from "../../gallery/scan-threads.node.ts";
import type { GalleryStore } from "../../gallery/store.ts";
import type { RemoteConnection } from "../../live/remote-connection.node.ts";
import type { Device } from "../../pipeline/device.ts";
import type { ImgDetections } from "../../pipeline/messages/img-detections.ts";
import type { ImgFrame } from "../../pipeline/messages/img-frame.ts";
import type { Identification } from "../../pipeline/nodes/identification.ts";
import { VideoWriter } from "../../pipeline/nodes/video-writer.node.ts";
import type { Output } from "../../pipeline/output.ts";
import { Pipeline } from "../../pipeline/pipeline.ts";
import { findBottleneck } from "../../pipeline/pipeline-state.ts";
import { DEFAULT_DETECTOR, DEFAULT_RECOGNIZER } from "../../recognize/load.ts";
import { type ChosenModel, chooseModel } from "../../reidentify/choose-models.ts";
import type { VideoSource } from "../../reidentify/frames-of.ts";
import { KeptPeople } from "../../reidentify/kept-people.ts";
import { buildParity } from "../../reidentify/parity.ts";
import { buildReidentify } from "../../reidentify/reidentify.ts";
import { NNModelDescription } from "../../zoo/description.ts";
import { type EventRecord, fileTime, type ToTime, toRecord, wallTime } from "./event-text.ts";

export type RunOptions = {
  readonly device: Device;
  readonly source: VideoSource;
  readonly detector: string | undefined;
  readonly recognizer: string | undefined;
  readonly cosSimilarity: number | undefined;
  /** DepthAI's example as it is. */
  readonly parity: boolean;
  /** Opens where people are kept, told the recogniser's fingerprint; `null` keeps nobody. */
  readonly openStore: ((fingerprint: string) => Promise<GalleryStore>) | null;
  /** The annotated video, if one is wanted, and its frames a second. */
  readonly video: { readonly file: string; readonly fps: number } | null;
  readonly live: RemoteConnection | null;
  readonly signal: AbortSignal;
  onNote(note: string): void;
  onFrame(frames: number): void;
  onEvent(record: EventRecord): Promise<void>;
};

export type RunResult = {
  readonly detector: string;
  readonly recognizer: string;
  readonly frames: number;
  /** From the first frame to the last, by the clock on the wall. */
  readonly seconds: number;
  readonly framesPerSecond: number;
  /** The node that was busiest, and what share of the time. */
  readonly limitedBy: { readonly node: string; readonly busy: number } | null;
  /** In how many frames each label was seen; "" is not sure yet. */
  readonly labels: Readonly<Record<string, number>>;
  /** Who is known to the gallery since this run. */
  readonly kept: readonly string[];
};

type Built = {
  readonly frames: Output<ImgFrame>;
  readonly objects: Output<ImgDetections>;
  readonly identification: Identification | null;
};

type Models = { readonly detector: ChosenModel; readonly recognizer: ChosenModel };

/** One run, from the first frame to the last, or until it is told to stop. */
export async function runReidentify(options: RunOptions): Promise<RunResult> {
  const { device, signal } = options;
  const models: Models = {
    detector: await chooseModel(device, options.detector, DEFAULT_DETECTOR, signal),
    recognizer: await chooseModel(device, options.recognizer, DEFAULT_RECOGNIZER, signal),
  };
  for (const { note } of Object.values(models)) if (note) options.onNote(note);
  const ran = options.parity ? await runParity(options, models) : await runTracks(options, models);
  return {
    detector: models.detector.model ?? DEFAULT_DETECTOR,
    recognizer: models.recognizer.model ?? DEFAULT_RECOGNIZER,
    ...ran,
  };
}

type Ran = Omit<RunResult, "detector" | "recognizer">;

// What is `await using` here ends when the function does: the run is awaited before that.

async function runParity(options: RunOptions, { detector, recognizer }: Models): Promise<Ran> {
  const { device, source, cosSimilarity } = options;
  const standIn = new NNModelDescription(DEFAULT_RECOGNIZER, device.getPlatform().name);
  await using pipeline = new Pipeline(device);
  const { frames, objects } = await buildParity(pipeline, {
    ...source,
    cosSimilarity,
    detector: detector.archive,
    recognizer: recognizer.archive ?? (await device.getModel(standIn, options.signal)),
  });
  return await drive(pipeline, { frames, objects, identification: null }, options, async () => []);
}

async function runTracks(options: RunOptions, { detector, recognizer }: Models): Promise<Ran> {
  const { device, source, cosSimilarity, openStore, signal } = options;
  await using embedder = await device.loadEmbedder(recognizer.model ?? undefined, signal);
  await using store = openStore && (await openStore(embedder.fingerprint));
  const createEngine = () => createScanThreads();
  await using gallery = store && new Gallery(store, embedder.fingerprint, { createEngine });
  const people = store && new KeptPeople(store);
  await using pipeline = new Pipeline(device);
  const built = buildReidentify(pipeline, {
    ...source,
    embedder,
    cosSimilarity,
    detector: detector.model ?? undefined,
    ...(gallery && { gallery, people: await people!.load() }),
  });
  const keep = async () => people?.keep(built.identification.getPeople(), embedder.fingerprint) ?? [];
  return await drive(pipeline, built, options, keep);
}

/** @param keep writes down who is new, when somebody has left and at the end. */
async function drive(
  pipeline: Pipeline,
  { frames, objects, identification }: Built,
  { source, video, live, signal, onFrame, onEvent }: RunOptions,
  keep: () => Promise<readonly string[]>,
): Promise<Ran> {
  if (video) pipeline.create(VideoWriter).build(frames, video.file, { fps: video.fps, detections: objects });
  const events = identification?.events.createOutputQueue(64, true);
  const tally = countLabels(objects, onFrame);
  if (live && identification) live.addTopic("Events", identification.events, "events");
  if (live) {
    live.addTopic("Video", frames, "images");
    live.addTopic("Objects", objects, "images");
    live.registerPipeline(pipeline);
  }
  const stop = () => pipeline.stop();
  signal.addEventListener("abort", stop, { once: true });
  const kept: string[] = [];
  try {
    await pipeline.start();
    if (signal.aborted) pipeline.stop();
    if (live) void stopOnKey(live, pipeline);
    const toTime = source.media === undefined ? wallTime(pipeline.clock.now(), Date.now()) : fromFirst(tally);
    for await (const { value } of events ?? []) {
      await onEvent(toRecord(value, toTime));
      if (value.type === "left") kept.push(...(await keep()));
    }
    await pipeline.wait();
  } finally {
    signal.removeEventListener("abort", stop);
    kept.push(...(await keep()));
  }
  const slowest = findBottleneck(pipeline.getPipelineState());
  return { ...tally.result(), limitedBy: slowest && { node: slowest.name, busy: slowest.busy }, kept };
}

type Tally = { firstMs: number | null; result(): Pick<RunResult, "frames" | "seconds" | "framesPerSecond" | "labels"> };

function countLabels(objects: Output<ImgDetections>, onFrame: (frames: number) => void): Tally {
  const labels: Record<string, number> = {};
  let frames = 0;
  let [began, ended] = [0, 0];
  const tally: Tally = {
    firstMs: null,
    result() {
      const seconds = (ended - began) / 1000;
      return { frames, seconds, framesPerSecond: frames > 1 ? (frames - 1) / seconds : 0, labels };
    },
  };
  // Counted as they come: nothing waits in the queue, which is there for its callback.
  objects.createOutputQueue(0, false).addCallback((message) => {
    ended = performance.now();
    if (frames++ === 0) began = ended;
    tally.firstMs ??= message.getTimestamp();
    for (const { labelName } of message.detections) labels[labelName] = (labels[labelName] ?? 0) + 1;
    onFrame(frames);
  });
  return tally;
}

/** Of a file: counted from the first frame, which has come before anything happens. */
function fromFirst(tally: Tally): ToTime {
  return (clockMs) => fileTime(tally.firstMs ?? clockMs)(clockMs);
}

const STOP_KEY = "q".charCodeAt(0);

async function stopOnKey(live: RemoteConnection, pipeline: Pipeline): Promise<void> {
  while (pipeline.isRunning()) if ((await live.waitKey(200)) === STOP_KEY) pipeline.stop();
}
