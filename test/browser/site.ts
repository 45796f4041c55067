import { createReadStream, existsSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { build } from "esbuild";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** What makes a page cross-origin isolated, so that it may have threads. */
const ISOLATED = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

const PAGE = '<!doctype html><meta charset="utf-8"><title>test</title><script type="module" src="/page.js"></script>';

export type Site = {
  readonly address: string;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
  /** Things to serve besides the folder, by path; they win. A function answers by itself. */
  readonly extra: Map<string, Uint8Array | string | ((request: IncomingMessage, response: ServerResponse) => void)>;
  close(): Promise<void>;
};

/** One static folder, as any web server would serve it on this machine, and a page with a test's script at `/`. */
export async function serveSite(folder: string, { isolated = true, script = "page.web.ts" } = {}): Promise<Site> {
  const asked: string[] = [];
  const extra: Site["extra"] = new Map([
    ["/", PAGE],
    ["/page.js", await bundlePage(script)],
  ]);
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://host").pathname;
    asked.push(path);
    const own = extra.get(path);
    if (typeof own === "function") return own(request, response);
    const file = join(folder, normalize(decodeURIComponent(path)));
    const type = path === "/" ? "text/html" : (TYPES[extname(path)] ?? "application/octet-stream");
    const found = own !== undefined || (existsSync(file) && extname(file) !== "");
    response.writeHead(found ? 200 : 404, { "content-type": type, ...(isolated && ISOLATED) });
    if (own !== undefined || !found) response.end(own);
    else createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    extra,
    close: () => stop(server),
  };
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

/** The library as a page's bundler sees it; a `node:` module in its graph would not resolve. */
export async function bundlePage(script: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, script)],
    bundle: true,
    format: "esm",
    platform: "browser",
    conditions: ["arcface-source"],
    write: false,
    logLevel: "silent",
  });
  return outputFiles[0]!.text;
}
