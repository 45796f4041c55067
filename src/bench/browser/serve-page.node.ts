import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import type { Tensor } from "../../tensor/tensor.ts";
import type { PageAnswer, PageTask } from "./page-task.ts";

/** The page as compiled: beside this module, or, when the sources run as written, where the last build put it. */
const SCRIPT = new URL(
  `${import.meta.url.endsWith(".ts") ? "../../../dist/bench/browser" : "."}/page.web.js`,
  import.meta.url,
);

const HTML =
  '<!doctype html><meta charset="utf-8"><title>benchmark</title><script type="module" src="page.js"></script>';

/** The page is cross-origin isolated, so that it may have threads. */
const HEADERS = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cache-control": "no-store",
};

export type PageServer = AsyncDisposable & {
  readonly address: string;
  /** Of onnxruntime-web. */
  readonly version: string;
};

/** A server for this machine alone, of one page, one network and what it is fed. */
export async function servePage(
  task: PageTask,
  model: Uint8Array,
  feeds: readonly Tensor[],
  onAnswer: (answer: PageAnswer) => void,
): Promise<PageServer> {
  const runtime = dirname(createRequire(import.meta.url).resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm"));
  const { version } = JSON.parse(await readFile(join(runtime, "..", "package.json"), "utf8")) as { version: string };
  const contents = async (path: string): Promise<readonly [type: string, body: string | Uint8Array] | null> => {
    if (path === "/") return ["text/html; charset=utf-8", HTML];
    if (path === "/page.js") return ["text/javascript", await readFile(SCRIPT)];
    if (path === "/task.json") return ["application/json", JSON.stringify(task)];
    if (path === "/model.onnx") return ["application/octet-stream", model];
    const file = /^\/ort\/(ort[\w.-]*\.(mjs|wasm))$/.exec(path);
    if (file?.[2] === "wasm") return ["application/wasm", await readFile(join(runtime, file[1]!))];
    if (file) return ["text/javascript", await readFile(join(runtime, file[1]!))];
    const feed = feeds[Number(/^\/feeds\/(\d+)$/.exec(path)?.[1] ?? -1)]?.data;
    return feed ? ["application/octet-stream", new Uint8Array(feed.buffer, feed.byteOffset, feed.byteLength)] : null;
  };
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === "POST") {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      response.writeHead(204, HEADERS).end();
      return onAnswer(JSON.parse(Buffer.concat(chunks).toString()) as PageAnswer);
    }
    const found = await contents(request.url ?? "/").catch(() => null);
    if (found) response.writeHead(200, { ...HEADERS, "content-type": found[0] }).end(found[1]);
    else response.writeHead(404, HEADERS).end();
  }
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    version,
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
