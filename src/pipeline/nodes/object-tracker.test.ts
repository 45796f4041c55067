import { expect, test } from "vitest";
import { ARCFACE_TEMPLATE } from "../../geometry/landmarks.ts";
import { createImage, type Image } from "../../image/image.ts";
import type { Embedder } from "../../recognize/embedder.ts";
import { l2Normalize } from "../../tensor/vector.ts";
import { ImgDetections, toImgDetection } from "../messages/img-detections.ts";
import { ImgFrame } from "../messages/img-frame.ts";
import { ImgTransformation } from "../messages/img-transformation.ts";
import { Pipeline } from "../pipeline.ts";
import { collect, Emit } from "../testing/emit.ts";
import { ObjectTracker, type ObjectTrackerOptions } from "./object-tracker.ts";

const [WIDTH, HEIGHT] = [640, 360];
const SIDE = 112;

/** Who looks like the colour of the crop's middle; remembers how many crops each call had. */
function colourEmbedder(): Embedder & { readonly calls: number[] } {
  const calls: number[] = [];
  return {
    name: "test/colour",
    fingerprint: "test/colour@1",
    size: 3,
    cropSize: 112,
    alignment: "arcface",
    calls,
    async embed(crops) {
      calls.push(crops.length);
      return crops.map(({ data }) => {
        const at = 3 * (60 * 112 + 56);
        return l2Normalize(Float32Array.from(data.subarray(at, at + 3), (value) => value - 100));
      });
    },
    async [Symbol.asyncDispose]() {},
  };
}

type Face = { readonly x: number; readonly y: number; readonly colour: readonly [number, number, number] };

/** Faces are squares of one colour with a pattern, the landmarks where ArcFace's template has them. */
function picture(faces: readonly Face[]): Image {
  const image = createImage(WIDTH, HEIGHT);
  for (const { x, y, colour } of faces) {
    for (let j = 0; j < SIDE; j++) {
      for (let i = 0; i < SIDE; i++) {
        const dark = (i >> 2) % 2 === (j >> 2) % 2 && (i < 50 || i > 62) ? 60 : 0;
        image.data.set(
          colour.map((value) => value - dark),
          3 * ((y + j) * WIDTH + x + i),
        );
      }
    }
  }
  return image;
}

function found(faces: readonly Face[], scale = 1): ImgDetections {
  const detections = faces.map(({ x, y }) =>
    toImgDetection(
      {
        box: [x, y, x + SIDE, y + SIDE],
        score: 0.9,
        landmarks: ARCFACE_TEMPLATE.map(([u, v]) => [x + u, y + v]) as never,
      },
      WIDTH,
      HEIGHT,
      { labelName: "face" },
    ),
  );
  const half = ImgTransformation.identity(WIDTH, HEIGHT).followedBy(
    [scale, 0, (scale - 1) / 2, 0, scale, (scale - 1) / 2, 0, 0, 1],
    WIDTH * scale,
    HEIGHT * scale,
  );
  return new ImgDetections(detections, {}, half);
}

async function run(frames: readonly (readonly Face[])[], options: ObjectTrackerOptions, scale = 1) {
  await using pipeline = new Pipeline();
  const stamps = (i: number) => ({ timestamp: 40 * i, sequenceNum: i });
  const pictures = frames.map((faces, i) => ImgFrame.fromImage(picture(faces), stamps(i)));
  const messages = frames.map((faces, i) =>
    found(faces, scale)
      .setTimestamp(40 * i)
      .setSequenceNum(i),
  );
  const node = pipeline
    .create(ObjectTracker)
    .build(pipeline.create(Emit<ImgFrame>, pictures).out, pipeline.create(Emit<ImgDetections>, messages).out, options);
  const queue = node.out.createOutputQueue(100, true);
  await pipeline.start();
  return await collect(queue);
}

const red: Face = { x: 40, y: 100, colour: [220, 90, 90] };
const blue: Face = { x: 400, y: 120, colour: [90, 90, 220] };
const move = (face: Face, dx: number): Face => ({ ...face, x: face.x + dx });

test("faces keep their numbers while they move, new at first, then tracked, with where they are", async () => {
  const frames = Array.from({ length: 8 }, (_, i) => [move(red, 6 * i), move(blue, -6 * i)]);
  const messages = await run(frames, { recognizer: colourEmbedder() });
  expect(messages.map(({ tracklets }) => tracklets.map(({ id }) => id))).toEqual(Array(8).fill([0, 1]));
  expect(messages[0]!.tracklets.map(({ status }) => status)).toEqual(["NEW", "NEW"]);
  expect(messages[7]!.tracklets.map(({ status, age }) => [status, age])).toEqual([
    ["TRACKED", 7],
    ["TRACKED", 7],
  ]);
  const { roi } = messages[7]!.tracklets[0]!;
  expect([roi.x * WIDTH, roi.y * HEIGHT, roi.width * WIDTH, roi.height * HEIGHT]).toBeCloseToTensor(
    [82, 100, SIDE, SIDE],
    { atol: 1e-6 },
  );
});

test("who is gone is lost, and said to be removed once", async () => {
  const frames = Array.from({ length: 100 }, (_, i) => (i < 10 ? [red] : []));
  const status = (await run(frames, { recognizer: null })).map(({ tracklets }) => tracklets[0]?.status ?? "");
  expect(status.slice(9, 12)).toEqual(["TRACKED", "LOST", "LOST"]);
  expect(status.filter((one) => one === "REMOVED")).toHaveLength(1);
  expect(status.at(-1)).toBe("");
});

test("where another face takes the place at a cut, looks tell, and it is another number", async () => {
  const other: Face = { ...red, colour: [90, 220, 90] };
  const frames = Array.from({ length: 12 }, (_, i) => [i < 6 ? red : other]);
  const messages = await run(frames, { recognizer: colourEmbedder() });
  expect(messages.at(-1)!.tracklets.find(({ status }) => status !== "LOST")!.id).toBe(1);
});

test("no more faces are embedded in a frame than the budget, none where nothing new is to be told", async () => {
  const embedder = colourEmbedder();
  const frames = Array.from({ length: 30 }, () => [red, blue]);
  await run(frames, { recognizer: embedder, embedBudget: 1 });
  expect(Math.max(...embedder.calls)).toBe(1);
  expect(embedder.calls.length).toBeLessThan(20);
});

test("detections of a smaller copy of the frame are found in the frame", async () => {
  const [message] = await run([[red]], { recognizer: null }, 0.5);
  const [track] = message!.tracks;
  expect(track!.box).toBeCloseToTensor([40, 100, 152, 212], { atol: 1e-6 });
  expect(message!.getTransformation()!.getSize()).toEqual([WIDTH, HEIGHT]);
});
