import { expect, test } from "vitest";
import { progressReport } from "./progress.ts";

const MB = 1024 * 1024;

function written(format: string, told: readonly (readonly [number, number])[]): string {
  let text = "";
  const report = progressReport(format, "arcface", (part) => {
    text += part;
  });
  for (const [now, total] of told) report.told(now, total);
  report.done();
  return text;
}

test("none says nothing", () => {
  expect(
    written("none", [
      [1, 2],
      [2, 2],
    ]),
  ).toBe("");
});

test("pretty draws DepthAI's bar of 50, over itself until it is full", () => {
  const told = [
    [0, 0],
    [0, 10 * MB],
    [1.2345 * MB, 10 * MB],
    [10 * MB, 10 * MB],
    [10 * MB, 10 * MB],
  ] as const;
  expect(written("pretty", told)).toBe(
    `\rDownloading arcface [>${" ".repeat(49)}] 0.000% 0.000/10.000 MB\r` +
      `\rDownloading arcface [======>${" ".repeat(43)}] 12.345% 1.234/10.000 MB\r` +
      `\rDownloading arcface [${"=".repeat(50)}] 100.000% 10.000/10.000 MB\n`,
  );
});

test("json is a line where the total changes, one at the end, its keys in the order of DepthAI's", () => {
  const line = (now: number) =>
    `{"download_now":${now},"download_total":100,"log_type":"download","model_name":"arcface"}\n`;
  expect(
    written("json", [
      [0, 0],
      [10, 100],
      [20, 100],
      [100, 100],
    ]),
  ).toBe(`${line(10)}${line(100)}`);
});

test("json of nothing that has a size says nothing", () => {
  expect(
    written("json", [
      [0, 0],
      [5, 0],
    ]),
  ).toBe("");
});

test("json tells at most each 100 ms while the total stays", async () => {
  let lines = 0;
  const report = progressReport("json", "m", () => lines++);
  report.told(1, 100);
  report.told(2, 100);
  await new Promise((resolve) => setTimeout(resolve, 120));
  report.told(3, 100);
  expect(lines).toBe(2);
});

test("any other format is refused in DepthAI's words", () => {
  expect(() => progressReport("fancy", "m", () => {})).toThrow(
    expect.objectContaining({ code: "INVALID_ARGUMENT", message: "Invalid format: fancy" }),
  );
});
