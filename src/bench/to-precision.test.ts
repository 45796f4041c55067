import { expect, test } from "vitest";
import type { ValueInfo } from "../host/host.ts";
import { createSession } from "../host/session.node.ts";
import { decodeModel, describeModel, encodeModel } from "../onnx/model.ts";
import { smallNet } from "../quantize/testing/small-net.ts";
import { precisionOf } from "./precision.ts";
import { randomFeeds } from "./random-feeds.ts";
import { toPrecision } from "./to-precision.ts";

const model = smallNet();
const bytes = encodeModel(model);
const inputs = describeModel(model).inputs as ValueInfo[];
const feeds = [1, 2].map((seed) => randomFeeds("small", inputs, { batch: 1, seed }));
const options = { name: "small", createSession, feeds };

test("what is asked for already stays as it is", async () => {
  expect(precisionOf(model)).toBe("fp32");
  expect(await toPrecision(bytes, { ...options, from: "fp32", wanted: "fp32" })).toBe(bytes);
});

test("int8 is made by quantising, smaller, and runs", async () => {
  const int8 = await toPrecision(bytes, { ...options, from: "fp32", wanted: "int8" });
  expect(precisionOf(decodeModel(int8, "int8"))).toBe("int8");
  await using session = await createSession(int8, "int8");
  expect(Object.keys(await session.run(feeds[0]!))).toEqual(session.outputs.map(({ name }) => name));
});

test("fp16 is half as large, and runs", async () => {
  const fp16 = await toPrecision(bytes, { ...options, from: "fp32", wanted: "fp16" });
  expect(precisionOf(decodeModel(fp16, "fp16"))).toBe("fp16");
  expect(fp16.length).toBeLessThan(0.75 * bytes.length);
  await using session = await createSession(fp16, "fp16");
  expect(Object.keys(await session.run(feeds[0]!))).toEqual(session.outputs.map(({ name }) => name));
});

test("float is not made of int8", async () => {
  await expect(toPrecision(bytes, { ...options, from: "int8", wanted: "fp32" })).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: "small: it is int8, and fp32 is not made of that",
  });
});
