import { expect, test } from "vitest";
import { ArcfaceError } from "../errors.ts";
import { makeModel, makeNode, makeTensor, makeValueInfo } from "../onnx/build.ts";
import { decodeModel, describeModel, encodeModel } from "../onnx/model.ts";
import { DataType } from "../onnx/schema.ts";
import { smallNetwork } from "../onnx/testing/small-models.ts";
import { buildTflite } from "../onnx/testing/tflite-builder.ts";
import { tfliteCases } from "../onnx/testing/tflite-cases.ts";
import { float32 } from "../tensor/tensor.ts";
import type { Host } from "./host.ts";
import { prepareForCache } from "./prepare.ts";
import { createSession } from "./session.node.ts";
import { fakeSession, floatInfo } from "./testing/fake-host.ts";

/** For one image, with a bias of 1e-12: both are changed. */
const tiny = encodeModel(smallNetwork({ weight: 2, bias: 1e-12 }));

/** x [n, 4] → x + b, which needs no preparation. */
const plain = encodeModel(
  makeModel({
    name: "plain",
    nodes: [makeNode("Add", ["x", "b"], ["y"])],
    inputs: [makeValueInfo("x", ["n", 4])],
    outputs: [makeValueInfo("y", ["n", 4])],
    initializers: [makeTensor("b", [4], Float32Array.of(1, 2, 3, 4))],
  }),
);

/** A PRelu, which is spelt otherwise, and a weight of 1e-12. */
const withPrelu = encodeModel(
  makeModel({
    name: "prelu",
    nodes: [makeNode("Mul", ["x", "tiny"], ["t"]), makeNode("PRelu", ["t", "slope"], ["y"])],
    inputs: [makeValueInfo("x", [1, 3, 2, 2])],
    outputs: [makeValueInfo("y", [1, 3, 2, 2])],
    initializers: [
      makeTensor("tiny", [], Float32Array.of(1e-12)),
      makeTensor("slope", [3, 1, 1], Float32Array.of(0.1, 0.2, 0.3)),
    ],
  }),
);

/** Four of eight channels between two convolutions are zero. */
const withDead = encodeModel(
  makeModel({
    name: "dead",
    nodes: [makeNode("Conv", ["x", "w"], ["c"]), makeNode("Conv", ["c", "v"], ["y"])],
    inputs: [makeValueInfo("x", [1, 2, 4, 4])],
    outputs: [makeValueInfo("y", [1, 2, 4, 4])],
    initializers: [
      makeTensor(
        "w",
        [8, 2, 1, 1],
        Float32Array.from({ length: 16 }, (_, i) => (i < 8 ? 0 : i / 16)),
      ),
      makeTensor("v", [2, 8, 1, 1], new Float32Array(16).fill(0.5)),
    ],
  }),
);

const batchOf = (model: Uint8Array) => describeModel(decodeModel(model, "test")).inputs[0]!.shape[0];

/** Sessions that answer what `answer` says, of the model that is being opened. */
const fakeSessions =
  (answer: (name: string) => number | Error): Host["createSession"] =>
  async (_, name) => {
    const value = answer(name);
    if (value instanceof Error) throw value;
    return fakeSession({
      inputs: [floatInfo("x", [1, 1, 2, 2])],
      outputs: [floatInfo("y", [1, 1])],
      run: () => ({ y: float32(Float32Array.of(value), [1, 1]) }),
    });
  };

const refusal = new ArcfaceError("UNSUPPORTED_FORMAT", "does not load");

test("what needs no preparation enters as it is, and is not even run", async () => {
  const never: Host["createSession"] = () => Promise.reject(new Error("opened"));
  const { model, notes } = await prepareForCache(never, plain, "plain");
  expect(model).toBe(plain);
  expect(notes).toEqual([]);
});

test("tiny weights become zero, the batch becomes free, and both are said with what it changes", async () => {
  const { model, notes } = await prepareForCache(createSession, tiny, "tiny");
  expect(notes).toEqual([
    "1 of 2 weights below 1e-8 set to zero (0 denormal)",
    "takes any number of images at once, was saved for one",
    expect.stringMatching(/^compared before and after on 3 inputs: largest difference \d/),
  ]);
  expect([batchOf(tiny), batchOf(model)]).toEqual([1, expect.any(String)]);
  await using session = await createSession(model, "prepared");
  const { y } = await session.run({ x: float32(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), [2, 1, 2, 2]) });
  expect([...y!.data]).toEqual([2, 4, 6, 8, 10, 12, 14, 16]);
});

test("TensorFlow Lite becomes ONNX that runs", async () => {
  const [spec] = Object.values(tfliteCases);
  const { model, notes } = await prepareForCache(createSession, buildTflite(spec!), "case.tflite");
  expect(notes[0]).toBe("turned from TensorFlow Lite into ONNX");
  expect(notes.at(-1)).toMatch(/^compared before and after/);
  await using _ = await createSession(model, "imported");
});

test("where the optimised graph answers otherwise, what is safe is done all the same", async () => {
  const answers = fakeSessions(() => 1);
  let opened = 0;
  const sessions: Host["createSession"] = (bytes, name) =>
    name.endsWith("after") && opened++ === 0 ? fakeSessions(() => 2)(bytes, name) : answers(bytes, name);
  const { notes } = await prepareForCache(sessions, withPrelu, "prelu");
  expect(notes).toEqual([
    "1 of 4 weights below 1e-8 set to zero (0 denormal)",
    "takes any number of images at once, was saved for one",
    "not optimised: prepared, its outputs differed by 1 in 3 runs",
    expect.stringMatching(/^compared before and after on 3 inputs: largest difference 0$/),
  ]);
});

test("dead channels are left out, and how much of the network they were is said", async () => {
  const { model, notes } = await prepareForCache(createSession, withDead, "dead");
  expect(notes).toEqual([
    "dead channels left out: 50.0 % of multiply–accumulates",
    "takes any number of images at once, was saved for one",
    expect.stringMatching(/^compared before and after on 3 inputs: largest difference \d/),
  ]);
  // Weights of 4 channels in place of 8, and two biases.
  expect(describeModel(decodeModel(model, "dead")).parameterCount).toBe(32 / 2 + 4 + 2);
});

test("a difference just small enough is believed", async () => {
  const answers = fakeSessions((name) => (name.endsWith("after") ? 1.00009 : 1));
  expect((await prepareForCache(answers, tiny, "tiny")).model).not.toBe(tiny);
});

test.each([
  ["differs by more than 1e-4", 1.0002, /^left as published: prepared, its outputs differed by 0\.0002/],
  [
    "is not a number where there was one",
    NaN,
    /^left as published: prepared, its outputs differed by Infinity in 3 runs$/,
  ],
  ["does not load", refusal, /^left as published: it could not be compared with the prepared one \(does not load\)$/],
])("where the prepared model %s, the published one enters", async (_, after, note) => {
  const answers = fakeSessions((name) => (name.endsWith("after") ? after : 1));
  const { model, notes } = await prepareForCache(answers, tiny, "tiny");
  expect(model).toBe(tiny);
  expect(notes).toEqual([expect.stringMatching(note)]);
});

test("a network that is not fed float32 cannot be compared, and enters as published", async () => {
  const bytes = encodeModel(
    makeModel({
      name: "bytes",
      nodes: [makeNode("Cast", ["x"], ["f"], { to: DataType.FLOAT }), makeNode("Add", ["f", "b"], ["y"])],
      inputs: [makeValueInfo("x", ["n", 1], DataType.UINT8)],
      outputs: [makeValueInfo("y", ["n", 1])],
      initializers: [makeTensor("b", [1], Float32Array.of(1e-12))],
    }),
  );
  const { model, notes } = await prepareForCache(createSession, bytes, "bytes");
  expect(model).toBe(bytes);
  expect(notes).toEqual([expect.stringContaining("left as published: it could not be compared")]);
});

test("a file that does not load as published either is refused", async () => {
  await expect(
    prepareForCache(
      fakeSessions(() => refusal),
      tiny,
      "tiny",
    ),
  ).rejects.toBe(refusal);
});

test.each([
  ["nothing", new Uint8Array()],
  ["text", new TextEncoder().encode("not a model")],
  ["half a model", tiny.subarray(0, tiny.length / 2)],
])("%s is no model", async (_, bytes) => {
  await expect(prepareForCache(createSession, bytes, "bad.onnx")).rejects.toMatchObject({ code: "UNSUPPORTED_FORMAT" });
});

test("an error that is none of ours passes through", async () => {
  const bug = new TypeError("bug");
  await expect(
    prepareForCache(
      fakeSessions(() => bug),
      tiny,
      "tiny",
    ),
  ).rejects.toBe(bug);
});
