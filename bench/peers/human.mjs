/** @vladmandic/human with what describing a face needs and nothing else; one thread. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { contend, nearestMiddle } from "./contender.mjs";

const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs");
const wasm = require("@tensorflow/tfjs-backend-wasm");
const { Human } = require(join(import.meta.dirname, "node_modules/@vladmandic/human/dist/human.node-wasm.js"));

const wasmPath = `${dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json"))}/dist/`;
wasm.setWasmPaths(wasmPath);
await tf.setBackend("wasm");
await tf.ready();
// It fetches its models: they are served to it from where npm put them.
const models = join(import.meta.dirname, "node_modules/@vladmandic/human/models");
const server = createServer((request, response) =>
  readFile(join(models, basename(request.url))).then(
    (bytes) => response.end(bytes),
    () => response.writeHead(404).end(),
  ),
);
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const off = { enabled: false };
const human = new Human({
  backend: "wasm",
  wasmPath,
  modelBasePath: `http://127.0.0.1:${server.address().port}/`,
  debug: false,
  cacheSensitivity: 0,
  filter: off,
  face: {
    enabled: true,
    detector: { rotation: true, maxDetected: 10, minConfidence: 0.2, skipFrames: 0, skipTime: 0 },
    mesh: { enabled: true },
    description: { enabled: true, skipFrames: 0, skipTime: 0 },
    iris: off,
    emotion: off,
    antispoof: off,
    liveness: off,
    attention: off,
  },
  body: off,
  hand: off,
  object: off,
  gesture: off,
  segmentation: off,
});
await human.load();
server.close();

contend(async (picture) => {
  const pixels = human.tf.tensor(picture.data, [1, picture.height, picture.width, 3], "float32");
  try {
    const { face, error } = await human.detect(pixels);
    if (error) throw new Error(error);
    const nearest = nearestMiddle(
      face.map(({ box: [x, y, width, height] }) => ({ x, y, width, height })),
      picture,
    );
    const embedding = nearest === undefined ? null : face[nearest].embedding;
    return { embedding: embedding ? [...embedding] : null, faces: face.length };
  } finally {
    human.tf.dispose(pixels);
  }
});
