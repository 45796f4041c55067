import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_DETECTOR, DEFAULT_RECOGNIZER, openNodeZoo } from "arcface-ts/node";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { copyModels } from "../../src/zoo/web/copy-models.node.ts";
import { launchChromium } from "../chromium.ts";
import { TEST_ZOO } from "../default-models.ts";
import { type Site, serveSite } from "./site.ts";

/** A page of the site, with Cache Storage of its own where it is the first of its visitor. */
export type TestPage = {
  readonly page: Page;
  /** Run a function of page.web.ts. */
  call<T>(name: string, ...args: unknown[]): Promise<T>;
};

export type TestSite = Site & {
  readonly folder: string;
  /** Addresses that were asked of other servers; `blob:` and `data:` are the page's own. */
  readonly elsewhere: string[];
  /** What pages threw, and wrote to their consoles. */
  readonly problems: string[];
  open(options?: OpenOptions): Promise<TestPage>;
};

export type OpenOptions = BrowserContextOptions & {
  /** Another page of the same visitor. */
  readonly like?: Page;
  /** JavaScript that runs before the page's. */
  readonly before?: string;
  /** Another name of the same server. */
  readonly host?: string;
  /** Whether the server's models can be reached. Default true. */
  readonly models?: boolean;
};

const HARMLESS = [
  // A status that is no success is for the test to judge.
  "Failed to load resource",
  // Of cameras' frames that Chromium itself drops while a page is busy: it says so where all that were given are closed.
  "A VideoFrame was garbage collected without being closed",
];

/** A site with the default models and this test's page, and the system's Chromium; null where it is not installed. */
export async function openSite(
  flags: readonly string[] = [],
  options: { isolated?: boolean; script?: string } = {},
): Promise<(TestSite & AsyncDisposable) | null> {
  const browser = await launchChromium(flags);
  if (!browser) return null;
  const folder = await mkdtemp(join(tmpdir(), "arcface-site-"));
  const models = await openNodeZoo(TEST_ZOO).ensure([DEFAULT_RECOGNIZER, DEFAULT_DETECTOR]);
  await copyModels(join(folder, "models"), models, { runtimes: ["wasm"] });
  const site = await serveSite(folder, options);
  const [elsewhere, problems]: [string[], string[]] = [[], []];
  return {
    ...site,
    folder,
    elsewhere,
    problems,
    open: (opening) => openPage(browser, site.address, { elsewhere, problems }, opening),
    async [Symbol.asyncDispose]() {
      await browser.close();
      await site.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function openPage(
  browser: Browser,
  site: string,
  { elsewhere, problems }: { elsewhere: string[]; problems: string[] },
  { like, before, host, models = true, ...options }: OpenOptions = {},
): Promise<TestPage> {
  const address = host === undefined ? site : site.replace("127.0.0.1", host);
  const context = like?.context() ?? (await browser.newContext(options));
  const page = await context.newPage();
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${address}/`) && !/^(blob|data):/.test(url)) elsewhere.push(url);
  });
  page.on("pageerror", ({ message }) => problems.push(message));
  page.on("console", (message) => {
    if (!HARMLESS.some((text) => message.text().startsWith(text))) problems.push(message.text());
  });
  if (before !== undefined) await page.addInitScript(before);
  if (!models) await page.route("**/models/**", (route) => route.abort());
  await page.goto(`${address}/`);
  await page.waitForFunction("globalThis.api !== undefined");
  return {
    page,
    call: (name, ...args) =>
      page.evaluate(
        ([name, args]) =>
          (globalThis as unknown as { api: Record<string, (...args: unknown[]) => never> }).api[name]!(...args),
        [name, args] as const,
      ),
  };
}
