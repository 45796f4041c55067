import { expect, test } from "vitest";
import { createImage } from "../../image/image.ts";
import { ImageManipConfig } from "../messages/image-manip-config.ts";
import { ImgFrame } from "../messages/img-frame.ts";
import { Pipeline } from "../pipeline.ts";
import { collect, Emit } from "../testing/emit.ts";
import { ImageManip } from "./image-manip.ts";

/** Ten pixels in a row, each of which is red by 10·x + the frame's number. */
function frame(number: number): ImgFrame {
  const image = createImage(10, 1);
  for (let x = 0; x < 10; x++) image.data[3 * x] = 10 * x + number;
  return ImgFrame.fromImage(image, { timestamp: 100 * number, sequenceNum: number });
}

const frames = [0, 1, 2, 3].map(frame);
const cropAt = (x: number) => new ImageManipConfig().addCrop(x, 0, 1, 1);
const redOf = (message: ImgFrame) => message.getImage().data[0];

async function run(configs: readonly ImageManipConfig[], setUp: (manip: ImageManip) => unknown): Promise<ImgFrame[]> {
  await using pipeline = new Pipeline();
  const manip = pipeline.create(ImageManip);
  pipeline.create(Emit<ImgFrame>, frames).out.link(manip.inputImage);
  if (configs.length > 0) pipeline.create(Emit<ImageManipConfig>, configs).out.link(manip.inputConfig);
  setUp(manip);
  const queue = manip.out.createOutputQueue(16, true);
  await pipeline.start();
  return await collect(queue);
}

test("without configurations the first one holds, and stamps stay", async () => {
  const out = await run([], (manip) => manip.initialConfig.addCrop(2, 0, 3, 1).setFrameType("GRAY8"));
  expect(out.map((message) => [message.getType(), message.getWidth(), message.getSequenceNum()])).toEqual(
    [0, 1, 2, 3].map((number) => ["GRAY8", 3, number]),
  );
  expect(out.map((message) => message.getTimestamp())).toEqual([0, 100, 200, 300]);
  expect(out[0]!.getTransformation().invTransformPoint({ x: 0, y: 0 })).toEqual({ x: 2, y: 0 });
});

test("waiting for configurations, each makes one output: of the next image, or of the one before once more", async () => {
  const configs = [
    cropAt(1),
    cropAt(2).setReusePreviousImage(true),
    cropAt(3).setSkipCurrentImage(true),
    cropAt(4).setReusePreviousImage(true),
    cropAt(5),
  ];
  const out = await run(configs, (manip) => manip.inputConfig.setWaitForMessage(true));
  // Of images 0, 0, none (1 is taken), 1, 2.
  expect(out.map(redOf)).toEqual([10, 20, 41, 52]);
  expect(out.map((message) => message.getSequenceNum())).toEqual([0, 0, 1, 2]);
});

test("a wish for the image before is one for the next where there is none before", async () => {
  const out = await run([cropAt(7).setReusePreviousImage(true)], (manip) => manip.inputConfig.setWaitForMessage(true));
  expect(out.map(redOf)).toEqual([70]);
});

test("not waiting, the configuration that came last holds on", async () => {
  const out = await run([cropAt(6)], () => {});
  expect(out).toHaveLength(4);
  expect(redOf(out.at(-1)!)).toBe(63);
});

test("an output beyond the bound that was set ends the pipeline, and says which node", async () => {
  const tooLarge = run([], (manip) => manip.setMaxOutputFrameSize(20));
  await expect(tooLarge).rejects.toThrow(
    expect.objectContaining({
      code: "TOO_LARGE",
      message: "ImageManip 0: expected an output of 20 bytes at most, got 30, 10×1",
    }),
  );
});

test("a node without images, or waiting for configurations that nobody sends, is refused", async () => {
  const alone = new Pipeline();
  alone.create(ImageManip);
  expect(() => alone.build()).toThrow("ImageManip 0: expected a link to inputImage, got none");
  await expect(run([], (manip) => manip.inputConfig.setWaitForMessage(true))).rejects.toThrow("a link to inputConfig");
});
