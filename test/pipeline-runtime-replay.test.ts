import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Buffer,
  createDevice,
  createVirtualClock,
  FaceDetection,
  HostNode,
  type HostNodeAnswer,
  ImageManip,
  ImgDetections,
  ImgFrame,
  inspectRecording,
  type Output,
  Pipeline,
  ReplayVideo,
  recordToFile,
  replayFromFile,
} from "../src/pipeline.node.ts";
import { DATA, needsData, needsTool } from "./needs.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "arcface-replay-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What can be compared of frames and detections, numbers and pixels alike. */
function plain(message: Buffer): unknown {
  const stamps = [message.getTimestamp(), message.getTimestampDevice(), message.getSequenceNum()];
  if (message instanceof ImgFrame) return [stamps, message.getType(), message.getWidth(), message.getData()];
  if (message instanceof ImgDetections) {
    return [
      stamps,
      message.detections.map((found) => [found.confidence, found.getBoundingBox(), found.getKeypoints2f()]),
    ];
  }
  return stamps;
}

function keep(output: Output): unknown[] {
  const kept: unknown[] = [];
  output.createOutputQueue(0).addCallback((message) => void kept.push(plain(message)));
  return kept;
}

/** Passes frames on after a time of the machine's. */
class Late extends HostNode {
  wait: () => Promise<void> = async () => {};
  override async process(message: Buffer): Promise<HostNodeAnswer> {
    await this.wait();
    return message;
  }
}

type Run = { readonly source: unknown[]; readonly manipulated: unknown[] };

async function run(prepare: (pipeline: Pipeline) => unknown, wait = async () => {}): Promise<Run> {
  await using pipeline = new Pipeline(createDevice(), { clock: createVirtualClock() });
  const video = pipeline.create(ReplayVideo).setReplayVideoFile("test:testsrc2?size=160x120&rate=10&duration=2");
  const late = pipeline.create(Late);
  late.wait = wait;
  late.linkArgs(video.out);
  const manip = pipeline.create(ImageManip);
  manip.initialConfig.addCrop(20, 10, 80, 60).setOutputSize(40, 30, "STRETCH");
  manip.inputImage.setBlocking(false).setMaxSize(2);
  late.out.link(manip.inputImage);
  const [source, manipulated] = [keep(video.out), keep(manip.out)];
  await prepare(pipeline);
  await pipeline.run();
  return { source, manipulated };
}

needsTool("ffmpeg")("a video that was recorded is replayed pixel by pixel, however long nodes take", async () => {
  const path = join(folder, "testsrc2.rec");
  const recorded = await run(async (pipeline) => pipeline.enableHolisticRecord(await recordToFile(path)));
  expect(recorded.source).toHaveLength(20);
  expect(await inspectRecording(replayFromFile(path).chunks)).toMatchObject({ messages: 20, complete: true });
  const replay = (wait?: () => Promise<void>) =>
    run((pipeline) => pipeline.enableHolisticReplay(replayFromFile(path)), wait);
  const first = await replay();
  expect(first.source).toEqual(recorded.source);
  let turn = 0;
  const second = await replay(() => new Promise((resolve) => setTimeout(resolve, (7 * turn++) % 11)));
  expect(second).toEqual(first);
});

test("a recording whose writer was killed is replayed as far as it goes", async () => {
  const path = join(folder, "cut.rec");
  const recorded = await run(async (pipeline) => pipeline.enableHolisticRecord(await recordToFile(path)));
  const bytes = await readFile(path);
  await writeFile(path, bytes.subarray(0, 0.6 * bytes.length));
  const { source } = await run((pipeline) => pipeline.enableHolisticReplay(replayFromFile(path)));
  expect(source.length).toBeGreaterThan(5);
  expect(source).toEqual(recorded.source.slice(0, source.length));
});

test("a recording that is not there, or cannot be made, is an error of the file's", async () => {
  await expect(recordToFile(join(folder, "none", "x.rec"))).rejects.toMatchObject({ code: "NOT_FOUND" });
  const missing = join(folder, "none.rec");
  await expect(run((pipeline) => pipeline.enableHolisticReplay(replayFromFile(missing)))).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: expect.stringContaining(missing),
  });
});

needsData("video/short_hamilton_clip.mp4")(
  "faces found in two replays of real frames are equal to the last digit",
  async () => {
    const path = join(folder, "clip.rec");
    const detect = async (prepare: (pipeline: Pipeline) => unknown): Promise<unknown[]> => {
      await using pipeline = new Pipeline(createDevice(), { clock: createVirtualClock() });
      const video = pipeline.create(ReplayVideo).setReplayVideoFile(join(DATA, "video/short_hamilton_clip.mp4"));
      video.setFps(1).setSize(480, 270);
      const detection = pipeline.create(FaceDetection).build(video.out);
      const faces = keep((await detection).out);
      await prepare(pipeline);
      await pipeline.run();
      return faces;
    };
    const recorded = await detect(async (pipeline) => pipeline.enableHolisticRecord(await recordToFile(path)));
    expect(recorded.length).toBeGreaterThan(3);
    const replay = () => detect((pipeline) => pipeline.enableHolisticReplay(replayFromFile(path)));
    const first = await replay();
    expect(first).toEqual(recorded);
    expect(await replay()).toEqual(first);
  },
);
