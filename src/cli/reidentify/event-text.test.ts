import { expect, test } from "vitest";
import { eventText, fileTime, toRecord, wallTime } from "./event-text.ts";

const left = { type: "left", visit: 1, person: 3, arrivedMs: 2000, atMs: 5400, label: "Anna" } as const;

test("of a file an event's time counts from the first frame", () => {
  const record = toRecord(left, fileTime(1000));
  expect(record).toEqual({ seconds: 4.4, event: "left", label: "Anna", person: 3, visit: 1, stayedSeconds: 3.4 });
  expect(eventText(record)).toBe("   4.4 s  Anna left, after 3.4 s");
});

test("before a camera it is the time of day, in UTC", () => {
  const record = toRecord(left, wallTime(6400, Date.UTC(2026, 0, 2, 3, 4, 5)));
  expect(record).toMatchObject({ time: "2026-01-02T03:04:04.000Z" });
  expect(eventText(record)).toBe("2026-01-02T03:04:04.000Z  Anna left, after 3.4 s");
});

test("each kind of event has its words", () => {
  const toTime = fileTime(0);
  const visit = { visit: 0, person: 2, atMs: 1000 };
  const texts = [
    { ...visit, type: "arrived", decidedMs: 1250, label: "person_2" } as const,
    { ...visit, type: "identified", name: "Ben", label: "Ben" } as const,
    { type: "merged", person: 2, from: 5, atMs: 1000, label: "Ben" } as const,
  ].map((event) => eventText(toRecord(event, toTime)));
  expect(texts).toEqual(["   1.0 s  person_2 arrived", "   1.0 s  person_2 is Ben", "   1.0 s  person_5 is Ben too"]);
});
