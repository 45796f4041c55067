import fc from "fast-check";
import { expect, test } from "vitest";
import { Buffer } from "../messages/buffer.ts";
import type { GatheredData } from "../messages/gathered-data.ts";
import { ImgDetection } from "../messages/img-detection.ts";
import { ImgDetections } from "../messages/img-detections.ts";
import { Pipeline } from "../pipeline.ts";
import { readAll } from "../testing/frames.ts";
import { Counting, numbersOf } from "../testing/nodes.ts";
import { GatherData } from "./gather-data.ts";

const detections = (sequenceNum: number, count: number) =>
  new ImgDetections(
    Array.from({ length: count }, () => new ImgDetection()),
    { timestamp: 40 * sequenceNum, sequenceNum },
  );
const part = (frame: number, sequenceNum: number) =>
  new Buffer(undefined, { timestamp: 40 * frame, timestampDevice: 0, sequenceNum });

/** Both streams at the pace that is given: turns of which stream sends its next. */
async function gather(
  references: readonly Buffer[],
  data: readonly Buffer[],
  turns: readonly boolean[],
  { waitCount, dropOlder = true }: { waitCount?: () => number; dropOlder?: boolean } = {},
) {
  const pipeline = new Pipeline(null);
  const node = pipeline.create(GatherData).build(25, undefined, undefined, waitCount).setDropOlder(dropOlder);
  const [toReference, toData] = [
    node.inputReference.createInputQueue(4, true),
    node.inputData.createInputQueue(4, true),
  ];
  const out = node.out.createOutputQueue(references.length + 1);
  await pipeline.start();
  const [left, right] = [[...references], [...data]];
  for (const turn of turns) {
    const [queue, messages] = turn ? [toReference, left] : [toData, right];
    const message = messages.shift();
    if (message) await queue.send(message);
  }
  for (const message of left) await toReference.send(message);
  for (const message of right) await toData.send(message);
  toReference.end();
  toData.end();
  await pipeline.wait();
  return (await readAll(out)) as GatheredData<ImgDetections>[];
}

test("each frame's detections come with as many data, whichever stream is ahead and whatever their pace", async () => {
  const frames = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 8 });
  const turns = fc.array(fc.boolean(), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(frames, turns, async (counts, pace) => {
      const references = counts.map((count, i) => detections(i, count));
      const data = counts.flatMap((count, i) => Array.from({ length: count }, (_, k) => part(i, 10 * i + k)));
      const gathered = await gather(references, data, pace);
      // A frame may go before an older one is whole, which then is given up; what comes out is always right.
      for (const one of gathered) {
        const frame = one.getReferenceData();
        const count = frame.detections.length;
        expect(one.getSequenceNum()).toBe(frame.getSequenceNum());
        expect(numbersOf(one.items)).toEqual(Array.from({ length: count }, (_, k) => 10 * frame.getSequenceNum() + k));
      }
      const numbers = numbersOf(gathered);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      // Only frames without anything overtake: without such ones all come.
      if (!counts.includes(0)) expect(numbers).toEqual(counts.map((_, i) => i));
    }),
    { seed: 77, numRuns: 60 },
  );
});

test("without giving up what is older every frame comes, in order, at any pace", async () => {
  const frames = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(frames, fc.array(fc.boolean(), { maxLength: 30 }), async (counts, pace) => {
      const references = counts.map((count, i) => detections(i, count));
      const data = counts.flatMap((count, i) => Array.from({ length: count }, (_, k) => part(i, 10 * i + k)));
      const gathered = await gather(references, data, pace, { dropOlder: false });
      expect(gathered.map((one) => one.items.length)).toEqual(counts);
      expect(gathered.map((one) => one.getReferenceData())).toEqual(references);
    }),
    { seed: 78, numRuns: 60 },
  );
});

test("with data that follow their references, as from a cropper, every frame comes", async () => {
  const counts = [2, 0, 1, 0, 0, 3];
  const references = counts.map((count, i) => detections(i, count));
  const data = counts.flatMap((count, i) => Array.from({ length: count }, (_, k) => part(i, 10 * i + k)));
  const turns = counts.flatMap((count) => [true, ...new Array<boolean>(count).fill(false)]);
  expect(numbersOf(await gather(references, data, turns))).toEqual([0, 1, 2, 3, 4, 5]);
});

test("a frame whose data are lost is given up when a later one is whole", async () => {
  const references = [detections(0, 2), detections(1, 1)];
  const gathered = await gather(references, [part(0, 0), part(1, 10)], []);
  expect(gathered.map((one) => one.getReferenceData())).toEqual([references[1]]);
});

test("other references are counted as one says", async () => {
  const references = [part(0, 0), part(1, 1)];
  const gathered = await gather(references, [part(0, 5), part(0, 6)], [], { waitCount: () => 2 });
  expect(gathered.map(({ items }) => numbersOf(items))).toEqual([[5, 6]]);
  await expect(gather(references, [], [])).rejects.toThrow(
    "GatherData 0: GatherData: expected ImgDetections as references, or a waitCountFn, got Buffer",
  );
});

test("what it lacks is said before anything runs", () => {
  const pipeline = new Pipeline(null);
  const node = pipeline.create(GatherData);
  expect(() => pipeline.build()).toThrow(
    "GatherData 0: expected the camera's frames a second, given by build, got none",
  );
  expect(() => node.build(0)).toThrow("GatherData: expected cameraFps above 0, got 0");
  node.build(30, pipeline.create(Counting).out);
  expect(() => pipeline.build()).toThrow("expected an output linked to input_reference, got none");
});
