/** What the pipeline tests have their page do: each function is called by name from Node. */
import {
  ArcfaceError,
  Camera,
  createDevice,
  FaceDetection,
  HostNode,
  type ImgDetections,
  type ImgFrame,
  Pipeline,
} from "arcface-ts/pipeline";
import { watchTracks } from "./camera-tracks.web.ts";
import type { PageError } from "./page-types.ts";
import type { Ending, Health, PageOptions } from "./pipeline-page-types.ts";
import { embedFrames, lookAtFaces } from "./pipelines.ts";

const tracks = watchTracks();

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

const deviceOf = ({ worker, threads }: PageOptions) =>
  createDevice({
    ...(worker !== undefined && { worker: () => new Worker(worker, { type: "module" }) }),
    ...(threads !== undefined && { threads }),
  });

/** Hand a frame's very pixels to the test. */
async function post(frame: ImgFrame): Promise<void> {
  const facts = [frame.getWidth(), frame.getHeight(), frame.getSequenceNum(), frame.getTimestamp()].join(",");
  await fetch(`/frames?${facts}`, { method: "POST", body: frame.getData() as Uint8Array<ArrayBuffer> });
}

class Failing extends HostNode {
  override getName(): string {
    return "Failing";
  }

  process(): never {
    throw new ArcfaceError("NO_FACE", "nothing suits it");
  }
}

/** What may happen to a pipeline that runs. */
const ENDS = {
  async stopped(pipeline: Pipeline): Promise<void> {
    pipeline.stop();
    await pipeline.wait();
  },
  async disposed(pipeline: Pipeline): Promise<void> {
    await pipeline[Symbol.asyncDispose]();
  },
  /** By a node's error. */
  async failed(pipeline: Pipeline): Promise<void> {
    await pipeline.wait();
  },
};

const api = {
  /** With `give`, the frames that were looked at are posted. */
  async lookAtFaces(count: number, options: PageOptions = {}, give = true): Promise<unknown> {
    const pipeline = new Pipeline(deviceOf(options));
    const { frames, facts } = await lookAtFaces(pipeline, pipeline.create(Camera).build(), count);
    if (give) for (const frame of frames) await post(frame);
    return facts;
  },

  /** @param options where they are left out: `new Pipeline()`, as the README has it. */
  async embedFrames(count: number, options?: PageOptions): Promise<unknown> {
    const pipeline = options ? new Pipeline(deviceOf(options)) : new Pipeline();
    const { frames, facts } = await embedFrames(pipeline, pipeline.create(Camera).build(), count);
    for (const frame of frames) await post(frame);
    return facts;
  },

  /** @param newest only the newest frame waits to be looked at, and one is at a time. */
  async fare(count: number, newest: boolean, options: PageOptions = {}): Promise<Health> {
    await using pipeline = new Pipeline(deviceOf(options));
    const camera = pipeline.create(Camera).build();
    // So thoroughly that no machine keeps pace.
    const faces = pipeline.create(FaceDetection).build(camera, { effort: "thorough", ...(newest && { inFlight: 1 }) });
    if (newest) faces.input.setBlocking(false).setMaxSize(1);
    const found = faces.out.createOutputQueue();
    const [sequences, ages, drawn]: [number[], number[], number[]] = [[], [], []];
    const memory: Promise<number>[] = [];
    let [draws, mostWaiting, request] = [0, 0, 0];
    const draw = (): void => {
      draws++;
      mostWaiting = Math.max(mostWaiting, faces.input.queue.getSize());
      request = requestAnimationFrame(draw);
    };
    request = requestAnimationFrame(draw);
    await pipeline.start();
    while (sequences.length < count) {
      const message: ImgDetections = await found.get();
      sequences.push(message.getSequenceNum());
      ages.push(pipeline.clock.now() - message.getTimestamp());
      drawn.push(draws);
      draws = 0;
      if (sequences.length === count >> 1 || sequences.length === count) memory.push(measureMemory());
    }
    cancelAnimationFrame(request);
    const dropped = camera.getDroppedFrames() + faces.input.queue.dropped;
    return { sequences, ages, drawn, dropped, mostWaiting, memory: await Promise.all(memory) };
  },

  /** Let a camera's pipeline come to an end in some way. */
  async end(how: keyof typeof ENDS): Promise<Ending> {
    const pipeline = new Pipeline();
    const frames = pipeline.create(Camera).build().requestFullResolutionOutput();
    const queue = frames.createOutputQueue();
    if (how === "failed") pipeline.create(Failing).linkArgs(frames);
    return endOf(pipeline, async () => {
      await pipeline.start();
      await queue.get();
      await ENDS[how](pipeline);
    });
  },

  /** Stop while the person has not yet said whether the page may have a camera. */
  async stopWhileAsked(): Promise<Ending> {
    const pipeline = new Pipeline();
    pipeline.create(Camera).build().requestFullResolutionOutput().createOutputQueue();
    const ending = await endOf(pipeline, async () => {
      const started = pipeline.start();
      await sleep(100);
      pipeline.stop();
      await started;
      await pipeline.wait();
    });
    while (tracks.length === 0) await sleep(50);
    await sleep(0);
    return { ...ending, tracks: tracks.map(({ readyState }) => readyState) };
  },

  /** What says that a worker cannot be used. */
  async failingWorker(worker: string): Promise<Ending> {
    const pipeline = new Pipeline(deviceOf({ worker }));
    pipeline.create(FaceDetection).build(pipeline.create(Camera).build());
    return endOf(pipeline, () => pipeline.start());
  },
} as Record<string, unknown>;

async function endOf(pipeline: Pipeline, run: () => Promise<void>): Promise<Ending> {
  let error: PageError | null = null;
  try {
    await run();
  } catch (cause) {
    const { code, message, hint } = cause as ArcfaceError;
    error = { code: code ?? "none", message, hint };
  }
  return { error, isRunning: pipeline.isRunning(), tracks: tracks.map(({ readyState }) => readyState) };
}

/** Chrome's, of pages that are isolated; it clears away what is not needed first. */
async function measureMemory(): Promise<number> {
  const chrome = performance as unknown as { measureUserAgentSpecificMemory(): Promise<{ bytes: number }> };
  return (await chrome.measureUserAgentSpecificMemory()).bytes;
}

Object.assign(globalThis, { api });
