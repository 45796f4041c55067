import { expect, test } from "vitest";
import { Gallery } from "../../gallery/gallery.ts";
import { createMemoryStore } from "../../gallery/store-memory.ts";
import { createRandom } from "../../tensor/random.ts";
import { face, look, seen } from "../../tracking/testing/faces.ts";
import { createTracker } from "../../tracking/tracker.ts";
import { FaceTracks } from "../messages/face-tracks.ts";
import { ImgDetection } from "../messages/img-detection.ts";
import { ImgTransformation } from "../messages/img-transformation.ts";
import { Pipeline } from "../pipeline.ts";
import { collect, Emit } from "../testing/emit.ts";
import { Identification, type IdentificationOptions } from "./identification.ts";

const [anna, bela] = [face(1), face(2)];
const EVERY_MS = 40;

/** Anna on the left from the first frame on, Bela on the right from the tenth, for 40 frames. */
function tracked(): FaceTracks[] {
  const random = createRandom(7);
  const tracker = createTracker();
  return Array.from({ length: 40 }, (_, i) => {
    const left = seen(100 + i, 200, { embedding: look(anna, { random }) });
    const right = seen(500, 200 + i, { embedding: look(bela, { random }) });
    const tracks = tracker.update(i < 10 ? [left] : [left, right], EVERY_MS * i);
    const tracklets = tracks.map(({ id }) => ({
      id,
      label: 0,
      age: 0,
      status: "TRACKED" as const,
      roi: { x: 0, y: 0, width: 0.1, height: 0.1 },
      srcImgDetection: new ImgDetection({ confidence: 0.9, xmax: 0.1 * (id + 1) }),
    }));
    const stamps = { timestamp: EVERY_MS * i, sequenceNum: i };
    return new FaceTracks(tracklets, tracks, stamps, ImgTransformation.identity(640, 480));
  });
}

async function run(options: IdentificationOptions = {}) {
  await using pipeline = new Pipeline();
  const source = pipeline.create(Emit<FaceTracks>, tracked());
  const node = pipeline.create(Identification).build(source.out, options);
  const queues = [node.out.createOutputQueue(4, true), node.events.createOutputQueue(4, true)] as const;
  await pipeline.start();
  const [messages, events] = await Promise.all([collect(queues[0]), collect(queues[1])]);
  await pipeline.wait();
  return { messages, events: events.map(({ value }) => value), people: node.getPeople() };
}

test("each person has one label from when it is sure to the end, with the frame's stamps and places", async () => {
  const { messages } = await run();
  const labels = messages.map(({ detections }) => detections.map(({ labelName }) => labelName));
  // Once is not enough to be followed, and two looks are not enough to be sure.
  expect(labels.slice(0, 2)).toEqual([[], []]);
  expect(labels.slice(20)).toEqual(Array(20).fill(["person_0", "person_1"]));
  for (const [i, message] of messages.entries()) {
    expect([message.getSequenceNum(), message.getTimestamp()]).toEqual([i, EVERY_MS * i]);
    expect(message.getTransformation()?.getSize()).toEqual([640, 480]);
  }
  expect(messages[30]!.detections.map(({ xmax }) => xmax)).toEqual([0.1, 0.2]);
});

test("an arrival and a leaving each, the leaving of who is still there told at the end of the video", async () => {
  const { events, people } = await run();
  expect(events.map(({ type, label }) => [type, label])).toEqual([
    ["arrived", "person_0"],
    ["arrived", "person_1"],
    ["left", "person_0"],
    ["left", "person_1"],
  ]);
  expect(events[1]).toMatchObject({ atMs: 10 * EVERY_MS });
  expect(people.people.map(({ id }) => id)).toEqual([0, 1]);
});

test("who is in the gallery has a name, told once; the other one a number", async () => {
  const store = createMemoryStore();
  await using gallery = new Gallery(store, "test/net@1");
  await gallery.enrolEmbedding("Anna", anna);
  // Labels of an earlier run are no names.
  await gallery.enrolEmbedding("person_7", bela);
  const { messages, events } = await run({ gallery });
  expect(messages.at(-1)!.detections.map(({ labelName }) => labelName)).toEqual(["Anna", "person_1"]);
  expect(events.filter(({ type }) => type === "identified")).toMatchObject([
    { name: "Anna", person: 0, label: "Anna" },
  ]);
});

test("people of an earlier run keep their labels", async () => {
  const { people } = await run();
  const swapped = { ...people, people: people.people.map((one) => ({ ...one, id: 1 - one.id })) };
  const { messages } = await run({ state: swapped });
  expect(messages.at(-1)!.detections.map(({ labelName }) => labelName)).toEqual(["person_1", "person_0"]);
});

test("without tracks it says what is missing", async () => {
  await using pipeline = new Pipeline();
  pipeline.create(Identification);
  await expect(pipeline.start()).rejects.toThrow("Identification 0: expected tracks by build, got none");
});
