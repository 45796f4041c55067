import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";

/** Where modules lie as compiled: beside this one, or, when the sources run as written, where the last build put them. */
const ROOT = new URL(import.meta.url.endsWith(".ts") ? "../../dist/" : "../", import.meta.url);

const INDEX = "live/page/index.html";

/** What the page is made of, and nothing else. */
const SERVED = /^(live\/(page|wire)\/[a-z-]+(\.web)?\.(js|css|html|svg)|geometry\/homography\.js|errors\.js)$/;

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** The page speaks with this server alone, and no other page may hold it in a frame. */
const HEADERS = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-cache",
};

/** Answer a request for the page or a part of it. */
export async function servePage(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    answer(response, 405, "text/plain", "expected GET");
    return;
  }
  const path = request.url!.split("?")[0]!.slice(1) || INDEX;
  const bytes = SERVED.test(path) ? await readFile(new URL(path, ROOT)).catch(() => null) : null;
  if (bytes) answer(response, 200, TYPES[path.split(".").at(-1)!]!, bytes);
  else if (path === INDEX) answer(response, 500, "text/plain", `the page is not built: ${path} is missing`);
  else answer(response, 404, "text/plain", "there is nothing here of that name");
}

function answer(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  response.writeHead(status, { ...HEADERS, "Content-Type": type }).end(body);
}
