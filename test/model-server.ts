import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** How the server treats requests: well, or in one of the ways the world does. */
export type ServerMode = "ok" | "slow" | "cut" | "wrong" | "500" | "403" | "404" | "html" | "redirect" | "hang";

export type ModelRequest = {
  readonly path: string;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  readonly authorization: string | undefined;
  /** Names of all headers, to see that nothing else is said. */
  readonly headers: readonly string[];
};

export type ModelServer = AsyncDisposable & {
  /** Without a slash at the end. */
  readonly url: string;
  /** May be changed at any time. */
  mode: ServerMode;
  /** Modes of the next requests, before `mode` holds. */
  next: ServerMode[];
  /** What `redirect` leads to; the path is added. */
  redirectTo: string;
  /** Whether it tells an ETag, whether it knows ranges. */
  etag: boolean;
  ranges: boolean;
  /** Said with each file, by its path. */
  readonly extraHeaders: Map<string, Readonly<Record<string, string>>>;
  /** By path, with its slash. May be changed at any time. */
  readonly files: Map<string, Uint8Array>;
  readonly requests: ModelRequest[];
};

/** A plain file server on this machine, from memory. */
export async function startModelServer(files: Readonly<Record<string, Uint8Array>> = {}): Promise<ModelServer> {
  const server = createServer((request, response) => void answer(model, request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const model: ModelServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mode: "ok",
    next: [],
    redirectTo: "",
    etag: true,
    ranges: true,
    extraHeaders: new Map(),
    files: new Map(Object.entries(files)),
    requests: [],
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return model;
}

async function answer(model: ModelServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = decodeURIComponent(new URL(request.url ?? "/", "http://x").pathname);
  const { range, "if-range": ifRange, authorization } = request.headers as Record<string, string | undefined>;
  model.requests.push({ path, range, ifRange, authorization, headers: Object.keys(request.headers) });
  const mode = model.next.shift() ?? model.mode;
  if (mode === "hang") return;
  if (mode === "redirect") return void response.writeHead(302, { location: `${model.redirectTo}${path}` }).end();
  if (mode === "html") return void response.writeHead(200, { "content-type": "text/html" }).end("<p>Log in</p>");
  const file = model.files.get(path);
  const refusal = /^\d+$/.test(mode) ? Number(mode) : file === undefined ? 404 : null;
  if (refusal !== null) return void response.writeHead(refusal).end("no");
  for (const [name, value] of Object.entries(model.extraHeaders.get(path) ?? {})) response.setHeader(name, value);
  await send(model, mode, file!, { range, ifRange }, response);
}

type Asked = { readonly range: string | undefined; readonly ifRange: string | undefined };

async function send(model: ModelServer, mode: ServerMode, file: Uint8Array, asked: Asked, response: ServerResponse) {
  const etag = `"${createHash("sha1").update(file).digest("hex")}"`;
  const asks = model.ranges && (asked.ifRange === undefined || asked.ifRange === etag);
  const from = asks ? Number(/^bytes=(\d+)-$/.exec(asked.range ?? "")?.[1] ?? 0) : 0;
  if (from >= file.length && from > 0) {
    response.writeHead(416, { "content-range": `bytes */${file.length}` }).end();
    return;
  }
  const body = Buffer.from(file.subarray(from));
  if (mode === "wrong") body[body.length >> 1]! ^= 1;
  response.writeHead(from > 0 ? 206 : 200, {
    "content-type": "application/octet-stream",
    "content-length": body.length,
    ...(model.etag && { etag }),
    ...(from > 0 && { "content-range": `bytes ${from}-${file.length - 1}/${file.length}` }),
  });
  if (mode === "ok" || mode === "wrong") {
    response.end(body);
    return;
  }
  const half = body.length >> 1;
  await new Promise((written) => response.write(body.subarray(0, half), written));
  // Slow for as long as it is slow: whoever wants the rest sets the mode.
  while (mode === "slow" && model.mode === "slow" && !response.destroyed) await delay(10);
  // A moment for what was written to arrive: a reset would take it away.
  await delay(30);
  if (mode === "cut") response.destroy();
  else response.end(body.subarray(half));
}
