/** examples/browser-pipeline, bundled from what is published and run as its README says. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BuildResult, build } from "esbuild";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { needsData } from "../needs.ts";
import { CLIP, fakeCamera, makeClip } from "./fake-camera.ts";
import { openSite } from "./pages.ts";

const EXAMPLE = "examples/browser-pipeline";

let bundle: BuildResult<{ write: false; metafile: true }>;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "arcface-example-"));
  bundle = await build({
    entryPoints: [join(EXAMPLE, "page.ts"), join(EXAMPLE, "worker.ts")],
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    outdir: "site",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const bundled = (name: string): string => bundle.outputFiles.find(({ path }) => path.endsWith(`/${name}`))!.text;

test("the package's door for browsers is bundled by what is built, and has nothing of Node's", () => {
  const inputs = Object.keys(bundle.metafile.inputs);
  expect(inputs).toContain("dist/pipeline.web.js");
  expect(inputs.filter((path) => path.startsWith("src/") || /\.node\.js$/.test(path))).toEqual([]);
  // What is not within the bundle, as Node's own modules would be.
  expect(Object.values(bundle.metafile.outputs).flatMap(({ imports }) => imports)).toEqual([]);
});

test("a page's bundle has what the page uses, and its worker's next to nothing but ONNX Runtime", () => {
  // Seen: 640 and 199 KB, of which ONNX Runtime is 191 in each.
  expect(bundled("page.js").length).toBeLessThan(750_000);
  expect(bundled("worker.js").length).toBeLessThan(230_000);
});

/** How far the page is wider than its window. */
const overflow = (page: Page): Promise<number> =>
  page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");

/** Tells the cameras' tracks, which the example keeps to itself. */
const BEFORE = `
  Object.assign(globalThis, { api: {}, tracks: [] });
  const ask = MediaDevices.prototype.getUserMedia;
  MediaDevices.prototype.getUserMedia = async function (constraints) {
    const media = await ask.call(this, constraints);
    tracks.push(...media.getTracks());
    return media;
  };`;

const WINDOWS = { telephone: { width: 390, height: 844 }, desk: { width: 1280, height: 800 } };

/** A folder to look at the pages in. */
const SCREENSHOTS = process.env.ARCFACE_SCREENSHOTS;

needsData(CLIP)("the example labels whom it sees, in windows of any width, until it is stopped", async ({ skip }) => {
  await using site = await openSite(fakeCamera(await makeClip(folder)));
  if (!site) return skip("chromium is not installed");
  site.extra.set("/", await readFile(join(EXAMPLE, "index.html")));
  for (const name of ["page.js", "worker.js"]) site.extra.set(`/${name}`, bundled(name));
  for (const [device, viewport] of Object.entries(WINDOWS)) {
    const { page } = await site.open({ viewport, before: BEFORE });
    const shot = (name: string) => SCREENSHOTS && page.screenshot({ path: join(SCREENSHOTS, `${device}-${name}.png`) });
    await shot("before");
    await page.getByRole("button", { name: "Start" }).click();
    await page.getByText(/In view: .*person_/).waitFor({ timeout: 60_000 });
    expect(await page.evaluate("tracks.map(({ readyState }) => readyState)")).toEqual(["live"]);
    expect(await overflow(page)).toBe(0);
    await shot("running");
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("The camera is off.").waitFor();
    expect(await page.evaluate("tracks.map(({ readyState }) => readyState)")).toEqual(["ended"]);
  }
  expect(site.elsewhere).toEqual([]);
  expect(site.problems).toEqual([]);
});
