import { expect, test } from "vitest";
import { FileTimeline, LiveTimeline } from "./timeline.ts";

test("a second pass follows the first by the last frame's time", () => {
  const timeline = new FileTimeline(10);
  const first = [500, 600, 850].map((ms) => timeline.next(ms));
  timeline.restart();
  const second = [500, 600, 850].map((ms) => timeline.next(ms));
  expect(first).toEqual([500, 600, 850]);
  expect(second).toEqual([1100, 1200, 1450]);
});

test("a still that is shown again and again goes on at 25 frames a second", () => {
  const timeline = new FileTimeline(null);
  const shown = [0, 1, 2].map(() => {
    timeline.restart();
    return timeline.next(0);
  });
  expect(shown).toEqual([0, 40, 80]);
});

test("a frame without a timestamp follows at the pace so far, and none goes back", () => {
  const timeline = new FileTimeline(25);
  expect([0, 100, null, 150, 400].map((ms) => timeline.next(ms))).toEqual([0, 100, 200, 200, 400]);
});

test("a live source's frames keep its own pace from the first arrival, across a new connection with another clock", () => {
  const timeline = new LiveTimeline(1000);
  expect([timeline.next(0, 1500), timeline.next(40, 1590), timeline.next(80, 1591)]).toEqual([500, 540, 580]);
  timeline.restart();
  expect([timeline.next(7, 4000), timeline.next(47, 4000)]).toEqual([3000, 3040]);
});

test("a live source whose clock jumps is set to ours, and never goes back", () => {
  const timeline = new LiveTimeline(0);
  expect([timeline.next(0, 100), timeline.next(90_000, 140), timeline.next(0, 180)]).toEqual([100, 140, 180]);
  expect([timeline.next(3000, 200), timeline.next(null, 190)]).toEqual([200, 200]);
});
