import { createWebCodec } from "./codec.web.ts";
import { fetchBytes } from "./fetch.web.ts";
import type { Host } from "./host.ts";
import { createSessions, type RuntimeOptions } from "./session.web.ts";
import { createSessionsInWorker } from "./worker/sessions-in-worker.web.ts";

/**
 * A browser's, of a page or a worker: names are addresses (`blob:` ones of files a person chose among them), pictures go
 * through the browser's decoders, networks through onnxruntime-web.
 *
 * ONNX Runtime is set up once a page, by the first session: another host on the same page shares its threads. A worker has
 * a runtime of its own.
 */
export function createWebHost(options: RuntimeOptions = {}): Host {
  const { worker, ...runtime } = options;
  const createSession = worker ? createSessionsInWorker(worker, runtime) : createSessions(runtime);
  return { codec: createWebCodec(), read: (address) => fetchBytes(address), createSession };
}
