import { expect, test } from "vitest";
import { FrameBuffer, type Stamps } from "./frame-buffer.ts";

/** Frame n of a video of 25 frames a second. */
function stampsOf(n: number): Stamps {
  return { sequenceNum: n, ts: { sec: 10, nsec: n * 40_000_000 } };
}

function bufferOf(frames: readonly number[]): FrameBuffer<number, string> {
  const buffer = new FrameBuffer<number, string>();
  for (const n of frames) buffer.addFrame(stampsOf(n), n);
  return buffer;
}

test("without anything to wait for the newest frame is shown, once", () => {
  const buffer = bufferOf([0, 1, 2]);
  expect(buffer.next(0)).toEqual({ frame: 2, overlays: [] });
  expect(buffer.next(5000)).toBeNull();
});

test("a frame waits for what is found in it, and is shown with that", () => {
  const buffer = bufferOf([0, 1]);
  buffer.addOverlay("faces", stampsOf(0), "faces of 0", 0);
  expect(buffer.next(10)).toEqual({ frame: 0, overlays: ["faces of 0"] });
  expect(buffer.next(20)).toBeNull();
  buffer.addOverlay("faces", stampsOf(1), "faces of 1", 30);
  expect(buffer.next(40)).toEqual({ frame: 1, overlays: ["faces of 1"] });
});

test("what is found in frames that are gone is not drawn over others", () => {
  const buffer = bufferOf([5]);
  buffer.addOverlay("faces", stampsOf(3), "faces of 3", 0);
  buffer.next(0);
  buffer.addFrame(stampsOf(6), 6);
  buffer.addOverlay("faces", stampsOf(3), "faces of 3", 900);
  expect(buffer.next(990)).toBeNull();
  expect(buffer.next(1000)).toEqual({ frame: 6, overlays: [] });
});

test("a frame waits for every topic that is alive", () => {
  const buffer = bufferOf([1]);
  buffer.addOverlay("faces", stampsOf(1), "faces", 0);
  buffer.addOverlay("names", stampsOf(0), "names of 0", 0);
  buffer.next(0); // nothing was shown for long
  buffer.addFrame(stampsOf(2), 2);
  buffer.addOverlay("faces", stampsOf(2), "faces of 2", 50);
  expect(buffer.next(60)).toBeNull();
  buffer.addOverlay("names", stampsOf(2), "names of 2", 70);
  expect(buffer.next(80)).toEqual({ frame: 2, overlays: ["faces of 2", "names of 2"] });
});

test("a topic that has fallen silent, or was hidden, is not waited for", () => {
  const buffer = bufferOf([1]);
  buffer.addOverlay("faces", stampsOf(1), "faces", 0);
  expect(buffer.next(0)?.frame).toBe(1);
  buffer.addFrame(stampsOf(2), 2);
  expect(buffer.next(999)).toBeNull();
  expect(buffer.next(1000)).toEqual({ frame: 2, overlays: [] });
  buffer.addOverlay("faces", stampsOf(2), "late", 1001);
  buffer.addFrame(stampsOf(3), 3);
  expect(buffer.next(1002)).toBeNull();
  buffer.removeTopic("faces");
  expect(buffer.next(1003)).toEqual({ frame: 3, overlays: [] });
});

test("frames without times are told apart by their numbers", () => {
  const buffer = new FrameBuffer<string, string>();
  const at = (sequenceNum: number): Stamps => ({ sequenceNum, ts: undefined });
  buffer.addFrame(at(1), "one");
  buffer.addFrame(at(2), "two");
  buffer.addOverlay("faces", at(1), "of one", 0);
  expect(buffer.next(0)).toEqual({ frame: "one", overlays: ["of one"] });
});

test("frames that nothing is found in do not pile up", () => {
  const buffer = bufferOf(Array.from({ length: 1000 }, (_, n) => n));
  buffer.addOverlay("faces", stampsOf(900), "too old", 0);
  buffer.addOverlay("faces", stampsOf(950), "of 950", 0);
  expect(buffer.next(0)).toEqual({ frame: 950, overlays: ["of 950"] });
  expect(buffer.next(1)).toBeNull();
});
