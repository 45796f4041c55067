/** Pipelines in a browser: what they make of its camera is what Node makes of the same frames, by the same code. */
import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { createImage, dot } from "arcface-ts/node";
import { Camera, createDevice, type Device, ImgFrame, Pipeline } from "arcface-ts/pipeline";
import { afterAll, beforeAll, expect } from "vitest";
import { Frames } from "../../src/pipeline/testing/frames.ts";
import { TEST_ZOO } from "../default-models.ts";
import { needsData } from "../needs.ts";
import { CLIP, fakeCamera, makeClip } from "./fake-camera.ts";
import { openSite, type TestSite } from "./pages.ts";
import type { Ending, Health } from "./pipeline-page-types.ts";
import { embedFrames, type FrameFacts, lookAtFaces, type SnippetFacts } from "./pipelines.ts";
import { bundlePage } from "./site.ts";

const test = needsData(CLIP);
const SCRIPT = { script: "pipeline-page.web.ts" };
const WORKER = { worker: "/worker.js" };

/**
 * The same pixels on both sides, as test/browser/recognise.test.ts: float32 sums in another order, of networks that follow
 * one another. Seen over 40 frames, with faces 20 to 90 pixels wide: boxes 7e-5 and landmarks 6e-5 of the frame, scores
 * 1.4e-3, numbers of an embedding 3.3e-3, cosine 0.9996. Of a network alone, on the same input: numbers 5e-7.
 */
const SAME = { box: 5e-4, landmark: 5e-4, score: 0.01, value: 0.02, cosine: 0.998, network: 1e-5 };

let folder: string;
let site: (TestSite & AsyncDisposable) | null = null;
let device: Device;
/** What pages have posted since it was last taken. */
const posted: ImgFrame[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "arcface-pipeline-"));
  site = await openSite(fakeCamera(await makeClip(folder)), SCRIPT);
  site?.extra.set("/frames", receive).set("/worker.js", await bundlePage("worker.web.ts"));
  device = createDevice(TEST_ZOO);
});
afterAll(async () => {
  await device?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [width, height, sequenceNum, timestamp] = request.url!.split("?")[1]!.split(",").map(Number);
  const image = createImage(width!, height!, new Uint8Array(await buffer(request)));
  posted.push(ImgFrame.fromImage(image, { sequenceNum: sequenceNum!, timestamp: timestamp! }));
  response.end();
}

/** Node's pipeline, with a camera that shows the frames that the page has posted. */
function nodeCamera(): { pipeline: Pipeline; camera: Camera; count: number } {
  const frames = posted.splice(0);
  const pipeline = new Pipeline(device);
  const camera = pipeline.create(Camera);
  pipeline.create(Frames, frames).out.link(camera.mockIsp);
  return { pipeline, camera, count: frames.length };
}

const cosine = (a: readonly number[], b: readonly number[]): number => {
  const [x, y] = [Float32Array.from(a), Float32Array.from(b)];
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
};

function expectSameFaces(found: FrameFacts, wanted: FrameFacts): void {
  const { sequence, timestamp } = found;
  expect({ sequence, timestamp }).toEqual({ sequence: wanted.sequence, timestamp: wanted.timestamp });
  expect(found.faces.length).toBe(wanted.faces.length);
  for (const [i, face] of found.faces.entries()) {
    const want = wanted.faces[i]!;
    expect(face.box).toBeCloseToTensor(want.box, { atol: SAME.box });
    expect(face.landmarks).toBeCloseToTensor(want.landmarks, { atol: SAME.landmark });
    expect([face.score]).toBeCloseToTensor([want.score], { atol: SAME.score });
    expect(face.embedding).toBeCloseToTensor(want.embedding, { atol: SAME.value });
    expect(cosine(face.embedding, want.embedding)).toBeGreaterThan(SAME.cosine);
  }
  expect(found.labels.map(({ label }) => label)).toEqual(wanted.labels.map(({ label }) => label));
  const boxesOf = ({ labels }: FrameFacts): number[] => labels.flatMap(({ box }) => box);
  expect(boxesOf(found)).toBeCloseToTensor(boxesOf(wanted), { atol: SAME.box });
}

/** A test in which there is a Chromium. */
function inBrowser(name: string, run: (site: TestSite) => Promise<void>): void {
  test(name, async ({ skip }) => {
    if (!site) return skip("chromium is not installed");
    await run(site);
  });
}

for (const [where, options] of Object.entries({ "on the page": {}, "in a worker": WORKER })) {
  inBrowser(`faces, their embeddings and their labels, with networks ${where}, are Node's`, async (site) => {
    const page = await site.open();
    const found = await page.call<FrameFacts[]>("lookAtFaces", 14, options);
    const { pipeline, camera, count } = nodeCamera();
    const { facts: wanted } = await lookAtFaces(pipeline, camera, count);
    expect(found.length).toBe(14);
    for (const [i, frame] of found.entries()) expectSameFaces(frame, wanted[i]!);
    const labels = found.flatMap((frame) => frame.labels.map(({ label }) => label));
    expect(labels).toContain("person_0");
  });
}

for (const [where, options] of Object.entries({
  "": undefined,
  " in a worker with threads": { ...WORKER, threads: 2 },
})) {
  inBrowser(
    `the README's snippet${where} gives [1, 512] float32 for each frame, the numbers of Node's`,
    async (site) => {
      const page = await site.open();
      const found = await page.call<SnippetFacts[]>("embedFrames", 6, options);
      const { pipeline, camera, count } = nodeCamera();
      const { facts: wanted } = await embedFrames(pipeline, camera, count);
      expect(found.length).toBe(6);
      for (const [i, { embedding, ...rest }] of found.entries()) {
        const { embedding: want, ...wantedRest } = wanted[i]!;
        expect(rest).toEqual({ sequence: rest.sequence, dtype: "float32", shape: [1, 512] });
        expect(rest).toEqual(wantedRest);
        expect(embedding).toBeCloseToTensor(want, { atol: SAME.network });
      }
    },
  );
}

inBrowser("what was loaded once runs without a network, and the models are not asked for again", async (site) => {
  const first = await site.open();
  const online = await first.call<FrameFacts[]>("lookAtFaces", 2, {}, false);
  expect(online.length).toBe(2);
  const before = site.asked.length;
  const later = await site.open({ like: first.page });
  await later.page.context().setOffline(true);
  expect((await later.call<FrameFacts[]>("lookAtFaces", 2, {}, false)).length).toBe(2);
  expect(site.asked.slice(before).filter((path) => path.startsWith("/models/"))).toEqual([]);
});

/** Frames of a camera that gives more of them than can be looked at. */
for (const { how, newest, options } of [
  { how: "few frames wait", newest: false, options: {} },
  { how: "the newest frame wins, with networks in a worker", newest: true, options: WORKER },
]) {
  inBrowser(`where a camera is too fast ${how}; the page goes on drawing, and memory stays flat`, async (site) => {
    const page = await site.open();
    const health = await page.call<Health>("fare", 10, newest, options);
    const { sequences, drawn, dropped, mostWaiting, memory } = health;
    const gaps = sequences.slice(1).map((sequence, i) => sequence - sequences[i]! - 1);
    const lost = gaps.reduce((a, b) => a + b, 0);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0);
    expect(lost).toBeGreaterThan(0);
    // Those before the first one and after the last are counted too.
    expect(dropped).toBeGreaterThanOrEqual(lost);
    expect(mostWaiting).toBeLessThanOrEqual(newest ? 1 : 3);
    // Seen: 12 to 20 a frame; 1.6 where the page gets no turn between two runs of networks.
    expect(drawn.slice(1).reduce((a, b) => a + b, 0)).toBeGreaterThan(3 * sequences.length);
    // A dozen frames; the camera gives more meanwhile.
    expect(memory[1]! - memory[0]!).toBeLessThan(12 * 640 * 360 * 3);
  });
}

for (const how of ["stopped", "disposed"]) {
  inBrowser(`a pipeline that is ${how} switches the camera off`, async (site) => {
    const page = await site.open();
    expect(await page.call<Ending>("end", how)).toEqual({ error: null, isRunning: false, tracks: ["ended"] });
  });
}

inBrowser("a node's error switches the camera off, and names the node", async (site) => {
  const page = await site.open();
  expect(await page.call<Ending>("end", "failed")).toEqual({
    error: { code: "NO_FACE", message: "Failing 1: nothing suits it" },
    isRunning: false,
    tracks: ["ended"],
  });
});

inBrowser("a camera that is allowed after the pipeline was stopped is switched off at once", async (site) => {
  const before = `
    const ask = MediaDevices.prototype.getUserMedia;
    MediaDevices.prototype.getUserMedia = async function (constraints) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      return ask.call(this, constraints);
    };`;
  const page = await site.open({ before });
  expect(await page.call<Ending>("stopWhileAsked")).toEqual({ error: null, isRunning: false, tracks: ["ended"] });
});

test("a camera that is denied ends the pipeline, with an error that names the camera and says what to do", async ({
  skip,
}) => {
  if (!site) return skip("chromium is not installed");
  await using strict = (await openSite(["--use-fake-device-for-media-stream", "--deny-permission-prompts"], SCRIPT))!;
  const page = await strict.open();
  expect(await page.call<Ending>("end", "stopped")).toMatchObject({
    error: {
      code: "IO",
      message: "Camera 0: camera: this page is not allowed to use it",
      hint: expect.stringContaining("allow it"),
    },
    isRunning: false,
    tracks: [],
  });
});

inBrowser("a worker that cannot be fetched, or is none of ours, is said to be", async (site) => {
  site.extra.set("/throws.js", "throw new Error('not this one')");
  for (const [script, why] of [
    ["/nothing.js", "cannot be fetched"],
    ["/throws.js", "not this one"],
  ] as const) {
    const { error, ...rest } = await (await site.open()).call<Ending>("failingWorker", script);
    expect(error).toMatchObject({ code: "MISSING_TOOL", message: expect.stringContaining(why) });
    expect(error!.message).toMatch(/^FaceDetection \d: worker: its script fails/);
    expect(rest).toEqual({ isRunning: false, tracks: ["ended"] });
  }
});

inBrowser("nothing was asked of another server, and nothing went wrong meanwhile", async (site) => {
  expect(site.elsewhere).toEqual([]);
  expect(site.problems).toEqual([]);
});
