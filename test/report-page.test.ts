import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import type { Evaluation } from "../src/evaluate/evaluation.ts";
import { createNodeHost } from "../src/host/host.node.ts";
import { createImage } from "../src/image/image.ts";
import { sampleEvaluation } from "../src/report/testing/sample-evaluation.ts";
import { writeReport } from "../src/report/write-report.node.ts";
import { launchChromium } from "./chromium.ts";
import { needsTool } from "./needs.ts";

const test = needsTool("chromium");

let home = "";
let browser: Browser | null = null;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "arcface-report-page-"));
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await rm(home, { recursive: true, force: true });
});

/** Two models, columns, searches, pictures upright and wide: all that a page may hold. */
async function write(name: string, evaluation: Evaluation): Promise<string> {
  const { codec } = createNodeHost();
  const read = async (key: string): Promise<Uint8Array> => {
    const [width, height] = key.endsWith("1.jpg") ? [90, 150] : [300, 120];
    return codec.encode(createImage(width, height, new Uint8Array(width * height * 3).fill(110)), "jpeg");
  };
  const second = sampleEvaluation({ shift: 0.1, model: "another-team/with-quite-a-long-name:and-a-variant" });
  return writeReport(join(home, name), evaluation, read, { second });
}

const LOOK = `(() => {
  const overlaps = [];
  for (const svg of document.querySelectorAll(".charts svg")) {
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll("text")].filter((text) => text.textContent.trim() !== "");
    const boxes = texts.map((text) => text.getBoundingClientRect());
    texts.forEach((text, i) => {
      const a = boxes[i];
      if (a.left < frame.left - 1 || a.right > frame.right + 1 || a.top < frame.top - 1 || a.bottom > frame.bottom + 1)
        overlaps.push(svg.getAttribute("aria-label") + ": " + text.textContent + " is cut off");
      for (let j = i + 1; j < texts.length; j++) {
        const b = boxes[j];
        const [w, h] = [Math.min(a.right, b.right) - Math.max(a.left, b.left), Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)];
        if (w > 1 && h > 3) overlaps.push(svg.getAttribute("aria-label") + ": " + text.textContent + " on " + texts[j].textContent);
      }
    });
  }
  return {
    overlaps,
    smallest: Math.min(...[...document.querySelectorAll(".charts svg text")].map((text) => text.getBoundingClientRect().height).filter((height) => height > 0)),
    headings: [...document.querySelectorAll("h1, h2, h3")].map((heading) => +heading.tagName[1]),
    broken: [...document.images].filter((image) => !image.complete || image.naturalWidth === 0).length,
    images: document.images.length,
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    scripts: document.scripts.length,
  };
})()`;

type Seen = {
  readonly overlaps: readonly string[];
  /** Pixels of the lowest text of a figure, its line's height. */
  readonly smallest: number;
  readonly headings: readonly number[];
  readonly broken: number;
  readonly images: number;
  readonly overflow: number;
  readonly scripts: number;
};

test("a report fits a phone and a desk, asks for nothing, and nothing in its figures overlaps or is too small", async () => {
  const url = pathToFileURL(await write("wide", sampleEvaluation())).href;
  for (const width of [360, 390, 1280]) {
    const page = await browser!.newPage({ viewport: { width, height: 900 } });
    const [requests, messages]: [string[], string[]] = [[], []];
    page.on("request", (request) => requests.push(request.url()));
    page.on("console", (message) => messages.push(message.text()));
    page.on("pageerror", (error) => messages.push(error.message));
    await page.goto(url);
    const { headings, smallest, images, ...seen } = (await page.evaluate(LOOK)) as Seen;
    await page.close();
    expect({ width, ...seen, messages }).toEqual({
      width,
      overlaps: [],
      broken: 0,
      overflow: 0,
      scripts: 0,
      messages: [],
    });
    expect(requests.filter((to) => to !== url && !to.startsWith("data:"))).toEqual([]);
    expect(images).toBeGreaterThan(30);
    expect(smallest).toBeGreaterThan(8.5);
    expect(headings.filter((level) => level === 1)).toHaveLength(1);
    for (const [i, level] of headings.entries()) expect(level - (headings[i - 1] ?? 0)).toBeLessThanOrEqual(1);
  }
});

test("names of people that are markup run nothing", async () => {
  const prefix = `<img src=x onerror='alert("run")'><script>alert("run")</script>`;
  const url = pathToFileURL(await write("hostile", sampleEvaluation({ prefix, model: prefix }))).href;
  const page = await browser!.newPage({ viewport: { width: 390, height: 900 } });
  const messages: string[] = [];
  page.on("console", (message) => messages.push(message.text()));
  page.on("dialog", (dialog) => {
    messages.push(dialog.message());
    void dialog.dismiss();
  });
  await page.goto(url);
  const { scripts, broken, overflow } = (await page.evaluate(LOOK)) as Seen;
  expect({ messages, scripts, broken, overflow }).toEqual({ messages: [], scripts: 0, broken: 0, overflow: 0 });
  await page.close();
});
