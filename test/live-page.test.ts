import { afterAll, expect } from "vitest";
import { ImgAnnotations } from "../src/live/img-annotations.ts";
import { RemoteConnection } from "../src/live/remote-connection.node.ts";
import { Buffer as Message } from "../src/pipeline/messages/buffer.ts";
import { ImgDetection } from "../src/pipeline/messages/img-detection.ts";
import { ImgDetections } from "../src/pipeline/messages/img-detections.ts";
import { ImgFrame } from "../src/pipeline/messages/img-frame.ts";
import { Pipeline } from "../src/pipeline/pipeline.ts";
import { ThreadedHostNode } from "../src/pipeline/threaded-host-node.ts";
import { launchChromium } from "./chromium.ts";
import { needsTool } from "./needs.ts";

const test = needsTool("chromium");
const browser = await launchChromium();
afterAll(() => browser?.close());

const [WIDTH, HEIGHT] = [320, 180];
const SIDE = 40;

/** What is asked of the page's canvas. */
type Canvas = {
  readonly width: number;
  readonly height: number;
  getContext(kind: "2d"): {
    getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray };
  };
};

/** A white square that goes from left to right on grey, and where it is in frame n. */
const leftOf = (n: number): number => (n * 8) % (WIDTH - SIDE);

class MovingSquare extends ThreadedHostNode {
  readonly out = this.createOutput<ImgFrame>({ name: "out", types: [ImgFrame] });
  override getName = () => "MovingSquare";
  protected override async run() {
    const { clock, signal } = this.getParentPipeline();
    for (let n = 0; this.mainLoop(); n++) {
      const data = new Uint8Array(3 * WIDTH * HEIGHT).fill(60);
      for (let y = 70; y < 70 + SIDE; y++)
        data.fill(255, 3 * (y * WIDTH + leftOf(n)), 3 * (y * WIDTH + leftOf(n) + SIDE));
      const stamps = { timestamp: clock.now(), sequenceNum: n };
      await this.out.send(ImgFrame.fromImage({ width: WIDTH, height: HEIGHT, data }, stamps));
      await clock.sleep(50, signal);
    }
  }
}

/** Finds the square late, and looks at every other frame only. The box is of a crop of the frame. */
class Finder extends ThreadedHostNode {
  readonly input = this.createInput<ImgFrame>({ name: "input", types: [ImgFrame], blocking: false, queueSize: 1 });
  readonly out = this.createOutput<ImgDetections>({ name: "out", types: [ImgDetections] });
  readonly events = this.createOutput({ name: "events" });
  override getName = () => "Finder";
  protected override async run() {
    const { clock, signal } = this.getParentPipeline();
    while (this.mainLoop()) {
      const frame = await this.input.get();
      await clock.sleep(80, signal);
      const left = leftOf(frame.getSequenceNum());
      // The lower half, at twice the size.
      const crop = frame.getTransformation().followedBy([2, 0, 0.5, 0, 2, -119.5, 0, 0, 1], 2 * WIDTH, HEIGHT);
      const box = new ImgDetection({
        labelName: "square #7",
        confidence: 0.9,
        xmin: left / WIDTH,
        xmax: (left + SIDE) / WIDTH,
        ymin: (70 - 60) / (HEIGHT / 2),
        ymax: (70 + SIDE - 60) / (HEIGHT / 2),
      });
      await this.out.send(new ImgDetections([box], {}, crop).setStampsOf(frame));
      const text = JSON.stringify({ event: "seen", frame: frame.getSequenceNum() });
      await this.events.send(new Message(new TextEncoder().encode(text)).setStampsOf(frame));
    }
  }
}

/** A pipeline with a live view, and the page of it. */
async function open(width: number, colorScheme: "light" | "dark") {
  const pipeline = new Pipeline();
  const [source, finder] = [pipeline.create(MovingSquare), pipeline.create(Finder)];
  source.out.link(finder.input);
  const remote = new RemoteConnection({ webSocketPort: 0, httpPort: 0 });
  remote.addTopic("Video", source.out, "images");
  remote.addTopic("Squares", finder.out, "images");
  remote.addTopic("Events", finder.events, "events");
  remote.registerPipeline(pipeline);
  const { url } = await remote.ready();
  await pipeline.start();
  const page = await browser!.newPage({ viewport: { width, height: 800 }, colorScheme });
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (line) => line.type() === "error" && problems.push(line.text()));
  page.on("request", (asked) => asked.url().startsWith(url!) || problems.push(`asked ${asked.url()}`));
  await page.goto(url!);
  await page.locator("canvas").waitFor();
  await page.locator(".events li").first().waitFor();
  return {
    pipeline,
    remote,
    page,
    problems,
    async [Symbol.asyncDispose]() {
      await page.close();
      await remote[Symbol.asyncDispose]();
      await pipeline[Symbol.asyncDispose]();
    },
  };
}

test.each([
  [390, "dark" as const],
  [1280, "light" as const],
])("the page shows video, boxes, events and the pipeline at %i pixels", async (width, scheme) => {
  await using view = await open(width, scheme);
  const { page, problems } = view;
  await page.locator("aside table").waitFor();
  await expect
    .poll(() => page.locator("figcaption").innerText(), { timeout: 10_000 })
    .toMatch(/320×180 · \d+\.\d shown\/s/);
  expect(await page.locator("h2").allInnerTexts()).toEqual(expect.arrayContaining(["images", "events", "Pipeline"]));
  expect(await page.locator(".topic").first().innerText()).toMatch(/Squares\s+1 found · \d+\.\d\/s/);
  expect(await page.locator(".events li").first().innerText()).toMatch(/event seen frame \d+/);
  expect(await page.locator("aside svg text").allTextContents()).toEqual(
    expect.arrayContaining(["MovingSquare", "Finder"]),
  );
  expect(await page.locator("aside tbody tr").first().innerText()).toMatch(
    /Finder 1\.input\s+\d+\.\d\/s\s+[01] of 1\s+\d+/,
  );
  // Nothing is wider than the screen.
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
  expect(problems).toEqual([]);
});

test("a box is drawn over the frame that it was found in, though it comes later and of a crop", async () => {
  await using view = await open(1280, "light");
  const canvas = view.page.locator("canvas");
  await expect.poll(() => view.page.locator("figcaption").innerText(), { timeout: 10_000 }).toMatch(/shown/);
  for (let look = 0; look < 10; look++) {
    await view.page.waitForTimeout(97);
    // Across the middle of the square: where its white begins and ends, and where the box's coloured lines are.
    const found = await canvas.evaluate(
      (element, [videoWidth, y]) => {
        const { width, height, getContext } = element as unknown as Canvas;
        const row = Math.round((height * y!) / 180);
        const { data } = getContext.call(element, "2d").getImageData(0, row, width, 1);
        const isColoured = (x: number) =>
          Math.max(...data.slice(4 * x, 4 * x + 3)) - Math.min(...data.slice(4 * x, 4 * x + 3)) > 80;
        const isWhite = (x: number) => data.slice(4 * x, 4 * x + 3).every((value) => value > 200);
        const columns = Array.from({ length: width }, (_, x) => x);
        const scale = videoWidth! / width;
        const [white, coloured] = [columns.filter(isWhite), columns.filter(isColoured)];
        return {
          white: [white[0]! * scale, white.at(-1)! * scale],
          box: [coloured[0]! * scale, coloured.at(-1)! * scale],
        };
      },
      [WIDTH, 90],
    );
    // A line is two points of the screen wide; the square moves by 8 pixels a frame.
    expect(Math.abs(found.white[0]! - found.box[0]!)).toBeLessThan(3);
    expect(Math.abs(found.white[1]! - found.box[1]!)).toBeLessThan(3);
    expect(found.box[1]! - found.box[0]!).toBeGreaterThan(SIDE - 4);
  }
  expect(view.problems).toEqual([]);
});

test("a key that is pressed on the page reaches waitKey, and so does the button", async () => {
  await using view = await open(390, "light");
  await view.page.keyboard.press("a");
  expect(await view.remote.waitKey(5000)).toBe(97);
  await view.page.keyboard.press("q");
  expect(await view.remote.waitKey(5000)).toBe(113);
  await view.page.getByRole("button", { name: "Stop" }).click();
  expect(await view.remote.waitKey(5000)).toBe(113);
  view.pipeline.stop();
  await view.pipeline.wait();
  await expect
    .poll(() => view.page.locator("#status").innerText(), { timeout: 5000 })
    .toBe("the pipeline is not running");
  expect(await view.page.locator("aside h2").innerText()).toBe("Pipeline, not running");
});

test("topics that are hidden, removed and drawn by a program of its own", async () => {
  await using view = await open(1280, "light");
  const { page, remote } = view;
  await page.getByLabel("Squares").uncheck();
  const drawing = remote.addTopic("Drawing", "images");
  await drawing.send(new ImgAnnotations([{ texts: [{ position: { x: 0.1, y: 0.2 }, text: "<b>not markup</b>" }] }]));
  await page.getByLabel("Drawing").waitFor();
  remote.removeTopic("Events");
  await expect.poll(() => page.locator("h2").allInnerTexts()).not.toContain("events");
  expect(view.problems).toEqual([]);
});

test("the page comes back by itself when the program is started again", async () => {
  await using view = await open(390, "dark");
  const { httpPort, webSocketPort } = await view.remote.ready();
  await view.remote[Symbol.asyncDispose]();
  await expect.poll(() => view.page.locator("#status").innerText()).toBe("not connected, trying again");
  await using again = new RemoteConnection({ httpPort: httpPort!, webSocketPort });
  await again.ready();
  await again.addTopic("Anew", "second").send(new Message(new TextEncoder().encode('"hello"')));
  await expect.poll(() => view.page.locator("h2").allInnerTexts(), { timeout: 10_000 }).toEqual(["second"]);
  expect(await view.page.locator(".events li").innerText()).toContain("hello");
});
