/** NN archives in a browser: the same sources, bundled, in Chromium. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import { COMPRESSIONS, compressionOf } from "../src/bytes/decompress.ts";
import { collect } from "../src/bytes/stream.ts";
import { readArchive } from "../src/nn-archive/read.ts";
import { sampleArchive } from "../src/nn-archive/testing/sample-archive.ts";
import { writeArchive } from "../src/nn-archive/write.ts";
import { launchChromium } from "./chromium.ts";
import { needsTool } from "./needs.ts";

const test = needsTool("chromium");

/** What the page runs: reads what the server has, and says what it found as JSON can; writes back what it is asked for. */
const PAGE_SCRIPT = `
  import { readArchive } from "../src/nn-archive/read.ts";
  import { writeArchive } from "../src/nn-archive/write.ts";
  const read = async (path) => readArchive((await fetch(path)).body, path);
  globalThis.show = async (path) => {
    const archive = await read(path);
    return { config: archive.getConfig(), size: archive.getInputSize(), model: Array.from(archive.model) };
  };
  globalThis.rewrite = async (path, compression) => {
    const archive = await read(path);
    const stream = writeArchive({ config: archive.getConfig(), files: archive.files }, { compression });
    return Array.from(new Uint8Array(await new Response(stream).arrayBuffer()));
  };
  globalThis.refusal = (path) => read(path).then(() => null, ({ code, message }) => ({ code, message }));
`;

const served = new Map<string, { type: string; body: Uint8Array | string }>();
let server: Server;
let browser: Browser | null = null;
let page: Page;
const problems: string[] = [];

beforeAll(async () => {
  browser = await launchChromium();
  if (!browser) return;
  const bundle = await build({
    stdin: { contents: PAGE_SCRIPT, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
    logLevel: "silent",
  });
  served.set("/", { type: "text/html", body: '<!doctype html><script type="module" src="page.js"></script>' });
  served.set("/page.js", { type: "text/javascript", body: bundle.outputFiles[0]!.text });
  for (const compression of COMPRESSIONS) {
    const body = await collect(writeArchive(sampleArchive(), { compression }));
    served.set(`/${compression}`, { type: "application/octet-stream", body });
    served.set(`/${compression}-cut`, { type: "application/octet-stream", body: body.subarray(0, body.length - 30) });
  }
  server = createServer((request, response) => {
    const found = served.get(request.url ?? "");
    response.writeHead(found ? 200 : 204, { "content-type": found?.type ?? "text/plain" }).end(found?.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  page = await browser.newPage();
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => problems.push(message.text()));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});

afterAll(async () => {
  await browser?.close();
  server?.close();
});

type Shown = { config: unknown; size: unknown; model: number[] };

for (const compression of COMPRESSIONS) {
  test(`the browser reads an archive packed as ${compression}`, async () => {
    const { config, size, model } = (await page.evaluate(`show("/${compression}")`)) as Shown;
    expect(config).toEqual(sampleArchive().config);
    expect(size).toEqual([112, 112]);
    expect(Uint8Array.from(model)).toEqual([...sampleArchive().files.values()][0]);
  });

  test(`Node reads what the browser packs as ${compression}`, async () => {
    const bytes = Uint8Array.from((await page.evaluate(`rewrite("/gz", "${compression}")`)) as number[]);
    expect(compressionOf(bytes)).toBe(compression);
    const archive = await readArchive(bytes, "from the browser");
    expect(archive.getConfig()).toEqual(sampleArchive().config);
    expect(archive.files).toEqual(sampleArchive().files);
  });

  test(`the browser refuses an archive packed as ${compression} that is cut short`, async () => {
    expect(await page.evaluate(`refusal("/${compression}-cut")`)).toMatchObject({ code: "UNSUPPORTED_FORMAT" });
  });
}

test("nothing went wrong on the page meanwhile", () => {
  expect(problems).toEqual([]);
});
