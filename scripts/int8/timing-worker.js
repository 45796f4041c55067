// Plain JavaScript: tsx does not reach into threads.
import { readFileSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { InferenceSession, Tensor } from "onnxruntime-node";

const { path, threads, batch, seconds } = workerData;
const session = await InferenceSession.create(readFileSync(path), {
  intraOpNumThreads: threads,
  logSeverityLevel: 3,
});
const data = Float32Array.from({ length: batch * 3 * 112 * 112 }, (_, i) => Math.sin(i));
const feeds = { [session.inputNames[0]]: new Tensor("float32", data, [batch, 3, 112, 112]) };
for (let i = 0; i < 2; i++) await session.run(feeds);
parentPort.postMessage(0);
await new Promise((go) => parentPort.once("message", go));
const start = performance.now();
let images = 0;
while (performance.now() - start < 1000 * seconds) {
  await session.run(feeds);
  images += batch;
}
parentPort.postMessage((1000 * images) / (performance.now() - start));
await session.release();
