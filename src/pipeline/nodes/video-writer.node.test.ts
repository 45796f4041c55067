import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { needsTool } from "../../../test/needs.ts";
import { createImage, type Image } from "../../image/image.ts";
import { openVideo } from "../../video/open-video.node.ts";
import { ImgDetection } from "../messages/img-detection.ts";
import { ImgDetections } from "../messages/img-detections.ts";
import { ImgFrame } from "../messages/img-frame.ts";
import { Tracklets } from "../messages/tracklets.ts";
import { Pipeline } from "../pipeline.ts";
import { Emit } from "../testing/emit.ts";
import { VideoWriter, type VideoWriterNodeOptions } from "./video-writer.node.ts";

const test = needsTool("ffmpeg");

const FPS = 20;

/** Grey pictures, each lighter than the one before. */
function frames(count: number): ImgFrame[] {
  return Array.from({ length: count }, (_, number) => {
    const image = createImage(160, 120);
    image.data.fill(60 + 4 * number);
    return ImgFrame.fromImage(image, { timestamp: (1000 / FPS) * number, sequenceNum: number });
  });
}

const box = new ImgDetection({ labelName: "Ada", confidence: 0.8, xmin: 0.25, ymin: 0.25, xmax: 0.75, ymax: 0.75 });
const foundAt = (number: number, ...detections: ImgDetection[]) =>
  new ImgDetections(detections, { timestamp: (1000 / FPS) * number, sequenceNum: number });

async function write(
  input: readonly ImgFrame[],
  found: readonly (ImgDetections | Tracklets)[] | null,
  options: VideoWriterNodeOptions = {},
): Promise<Image[]> {
  const file = join(await mkdtemp(join(tmpdir(), "arcface-writer-")), "out.mp4");
  await using pipeline = new Pipeline();
  const detections = found && { detections: pipeline.create(Emit<ImgDetections>, found as ImgDetections[]).out };
  const source = pipeline.create(Emit<ImgFrame>, input).out;
  const writer = pipeline.create(VideoWriter).build(source, file, { fps: FPS, ...detections, ...options });
  await pipeline.start();
  await pipeline.wait();
  const images: Image[] = [];
  if (!existsSync(file)) return images;
  for await (const { image } of await openVideo(file)) images.push(image);
  expect(writer.getWrittenFrames()).toBe(images.length);
  return images;
}

const greyAt = ({ data, width }: Image, x: number, y: number) => data[3 * (y * width + x) + 1]!;
/** Of the box's lower line, which is orange: how much redder than blue. */
const lineAt = ({ data, width }: Image) => data[3 * (90 * width + 60)]! - data[3 * (90 * width + 60) + 2]!;

/** H.264 of flat pictures is off by a few levels. */
const CODEC = 6;

test("every frame is written, in order", async () => {
  const images = await write(frames(12), null);
  expect(images.map((image) => greyAt(image, 5, 100))).toBeCloseToTensor(
    Array.from({ length: 12 }, (_, k) => 60 + 4 * k),
    { atol: CODEC },
  );
});

test("what was found is drawn into its frame, then into those that nobody looked at, for half a second", async () => {
  const images = await write(frames(30), [foundAt(5, box), foundAt(25)]);
  const drawn = images.map((image, number) => (lineAt(image) > 60 ? number : -1)).filter((number) => number >= 0);
  expect(images).toHaveLength(30);
  // Half a second is ten frames.
  expect(drawn).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
});

test("a frame in which nothing was found has nothing drawn, though something was before", async () => {
  const images = await write(frames(4), [foundAt(0, box), foundAt(1), foundAt(2, box), foundAt(3)]);
  expect(images.map((image) => lineAt(image) > 60)).toEqual([true, false, true, false]);
});

test("tracklets are drawn with their numbers, those in view", async () => {
  const roi = { x: 0.25, y: 0.25, width: 0.5, height: 0.5 };
  const tracklet = { id: 7, label: 0, age: 3, roi, srcImgDetection: box };
  const tracks = [
    new Tracklets([{ ...tracklet, status: "TRACKED" }], { timestamp: 0 }),
    new Tracklets([{ ...tracklet, status: "LOST" }], { timestamp: 50 }),
  ];
  const images = await write(frames(2), tracks);
  expect(images.map((image) => lineAt(image) > 40)).toEqual([true, false]);
});

test("gaps in time are filled with the frame before", async () => {
  const [first, , , fourth] = frames(4);
  expect((await write([first!, fourth!], null)).map((image) => greyAt(image, 5, 100))).toBeCloseToTensor(
    [60, 60, 60, 72],
    {
      atol: CODEC,
    },
  );
});

test("a pipeline that is stopped leaves the file as far as it came; one without frames leaves none", async () => {
  expect(await write([], null)).toEqual([]);
  const file = join(await mkdtemp(join(tmpdir(), "arcface-writer-")), "out.mp4");
  await using pipeline = new Pipeline();
  const endless = (function* () {
    for (let number = 0; ; number++) yield ImgFrame.fromImage(createImage(16, 16), { timestamp: 50 * number });
  })();
  const writer = pipeline.create(VideoWriter).build(pipeline.create(Emit<ImgFrame>, endless).out, file, { fps: FPS });
  await pipeline.start();
  while (writer.getWrittenFrames() < 5) await new Promise((resolve) => setTimeout(resolve, 5));
  pipeline.stop();
  await pipeline.wait();
  let count = 0;
  for await (const _ of await openVideo(file)) count++;
  expect(count).toBe(writer.getWrittenFrames());
  expect(count).toBeGreaterThanOrEqual(5);
});

test("a folder that is not there, and a name that is no video's, end the pipeline", async () => {
  const start = async (file: string) => {
    await using pipeline = new Pipeline();
    pipeline.create(VideoWriter).build(pipeline.create(Emit<ImgFrame>, frames(2)).out, file);
    await pipeline.run();
  };
  await expect(start("/nowhere/out.mp4")).rejects.toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
  await expect(start("/tmp/out.txt")).rejects.toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  const pipeline = new Pipeline();
  pipeline.create(VideoWriter);
  expect(() => pipeline.build()).toThrow("VideoWriter 0: expected a file by build, got none");
});
