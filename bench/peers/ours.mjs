/** arcface with its default networks; one thread. */
import { createImage } from "../../src/image/image.ts";
import { loadRecognizer } from "../../src/recognize/compose.node.ts";
import { contend, nearestMiddle } from "./contender.mjs";

const recognizer = await loadRecognizer({ threads: 1 });

contend(async ({ width, height, data }) => {
  const image = createImage(width, height, data);
  const found = await recognizer.detector.detect(image);
  const nearest = nearestMiddle(
    found.map(({ box: [x, y, right, bottom] }) => ({ x, y, width: right - x, height: bottom - y })),
    image,
  );
  if (nearest === undefined) return { embedding: null, faces: 1 };
  const [embedding] = await recognizer.embedder.embed([recognizer.align(image, found[nearest])]);
  return { embedding: [...embedding], faces: 1 };
});
