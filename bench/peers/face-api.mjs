/** @vladmandic/face-api as its examples have it: SSD MobileNet, 68 landmarks, the 128-number descriptor; one thread. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { contend, nearestMiddle } from "./contender.mjs";

const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs");
const wasm = require("@tensorflow/tfjs-backend-wasm");
const faceapi = require("@vladmandic/face-api/dist/face-api.node-wasm.js");

wasm.setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json"))}/dist/`);
await tf.setBackend("wasm");
await tf.ready();
const models = join(dirname(require.resolve("@vladmandic/face-api/package.json")), "model");
const { ssdMobilenetv1, faceLandmark68Net, faceRecognitionNet } = faceapi.nets;
for (const net of [ssdMobilenetv1, faceLandmark68Net, faceRecognitionNet]) await net.loadFromDisk(models);
const options = new faceapi.SsdMobilenetv1Options({ minConfidence: 0.1, maxResults: 10 });

contend(async (picture) => {
  const pixels = tf.tensor3d(picture.data, [picture.height, picture.width, 3], "int32");
  try {
    const found = await ssdMobilenetv1.locateFaces(pixels, options);
    const nearest = nearestMiddle(
      found.map(({ box }) => box),
      picture,
    );
    if (nearest === undefined) return { embedding: null, faces: 1 };
    // What withFaceLandmarks and withFaceDescriptors do, for this face alone.
    const [face] = await faceapi.extractFaceTensors(pixels, [found[nearest].box]);
    const landmarks = (await faceLandmark68Net.detectLandmarks(face)).shiftBy(
      found[nearest].box.x,
      found[nearest].box.y,
    );
    const [aligned] = await faceapi.extractFaceTensors(pixels, [landmarks.align(null, { useDlibAlignment: true })]);
    const embedding = await faceRecognitionNet.computeFaceDescriptor(aligned);
    tf.dispose([face, aligned]);
    return { embedding: [...embedding], faces: 1 };
  } finally {
    tf.dispose(pixels);
  }
});
