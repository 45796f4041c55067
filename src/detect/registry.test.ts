import { expect, test } from "vitest";
import { createDetector, detectorParsers } from "./registry.ts";
import { blueOnet, fakeNetwork, greenBlazeface, picture, redUltraface } from "./testing/fake-networks.ts";

const detector = () => fakeNetwork({}, { scores: "s", boxes: "b", regressors: "r" }, () => ({}));

test("the default composition is made from a card's one line", async () => {
  const networks = { detector: greenBlazeface(), landmarks: blueOnet(), proposals: redUltraface() };
  const made = createDetector("test/default", { name: "cascade" }, networks);
  expect(made.name).toBe("test/default");
  expect(await made.detect(picture(400, 300, [100, 60, 120, 120, 0, 255, 255]))).toHaveLength(1);
});

test("disposing a detector disposes its networks", async () => {
  const networks = { detector: greenBlazeface(), landmarks: blueOnet(), proposals: redUltraface() };
  await createDetector("test/default", { name: "cascade" }, networks)[Symbol.asyncDispose]();
  expect(Object.values(networks).map(({ disposed }) => disposed)).toEqual([true, true, true]);
});

test("a card's threshold is the detector's, and the caller's goes before it", async () => {
  const networks = { detector: greenBlazeface(), landmarks: blueOnet() };
  const strict = createDetector("test/strict", { name: "cascade", scoreThreshold: 0.95 }, networks);
  const image = picture(400, 300, [100, 60, 120, 120, 0, 255, 255]);
  expect(await strict.detect(image)).toHaveLength(0);
  expect(await strict.detect(image, { scoreThreshold: 0.8 })).toHaveLength(1);
});

test("SCRFD's outputs are taken by position where the card maps none and the graph has other names", () => {
  const outputs = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`${i}`, `${440 + i}`]));
  const anonymous = { ...fakeNetwork({}, outputs, () => ({})), outputs: {} };
  expect(createDetector("test/scrfd", { name: "scrfd" }, { detector: anonymous }).name).toBe("test/scrfd");
});

test("SCRFD without landmarks needs a cascade to be a face detector", () => {
  const outputs = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`${i}`, `${440 + i}`]));
  const anonymous = { ...fakeNetwork({}, outputs, () => ({})), outputs: {} };
  expect(() => createDetector("test/scrfd", { name: "scrfd" }, { detector: anonymous })).toThrow(
    "test/scrfd: expected outputs with landmarks (kps_8 …), got boxes only",
  );
  const networks = { detector: anonymous, landmarks: blueOnet() };
  expect(createDetector("t/c", { name: "cascade", detector: { name: "scrfd" } }, networks).name).toBe("t/c");
});

test.each([
  [{ name: "yolo" }, "UNSUPPORTED_FORMAT", `expected a parser among ${detectorParsers.join(", ")}, got yolo`],
  [{ name: "toString" }, "UNSUPPORTED_FORMAT", "got toString"],
  [{ name: "blazeface", scoreThreshold: 2 }, "UNSUPPORTED_FORMAT", "parser.scoreThreshold"],
  [{ name: "blazeface", scoreTreshold: 0.5 }, "UNSUPPORTED_FORMAT", "scoreTreshold"],
  [{ name: "cascade" }, "MODEL_MISMATCH", "expected networks detector, landmarks for parser cascade, got detector"],
  [{ name: "mtcnn" }, "MODEL_MISMATCH", "expected networks pnet, rnet, onet for parser mtcnn, got detector"],
  [{ name: "yunet" }, "MODEL_MISMATCH", "expected its card to map output cls_8, it maps scores, boxes, regressors"],
])("%o with one network is a %s", (parser, code, message) => {
  try {
    createDetector("test/bad", parser, { detector: detector() });
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
  }
});

test("a role that the parser does not know is refused", () => {
  const networks = { detector: detector(), landmark: blueOnet() };
  expect(() => createDetector("test/bad", { name: "blazeface" }, networks)).toThrow("got detector, landmark");
});

test("an output that the graph has not is refused before the first picture", () => {
  const network = greenBlazeface();
  const renamed = { ...network, outputs: { scores: "s", regressors: "elsewhere" } };
  expect(() => createDetector("test/bad", { name: "blazeface" }, { detector: renamed })).toThrow(
    "test/fake: expected an output elsewhere in the graph, which has s, r",
  );
});

test("an input that the graph has not is refused before the first picture", () => {
  const network = greenBlazeface();
  const renamed = { ...network, input: { ...network.input, name: "images" } };
  expect(() => createDetector("test/bad", { name: "blazeface" }, { detector: renamed })).toThrow(
    "test/fake: expected an input images in the graph, which has input",
  );
});
