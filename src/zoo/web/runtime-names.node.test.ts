import { expect, test } from "vitest";
import lock from "../../../package-lock.json" with { type: "json" };
import { isRuntimeFileName, runtimeFileName } from "./runtime-names.ts";

test("the runtime's files are known by the version that is installed", () => {
  const { version } = lock.packages["node_modules/onnxruntime-web"];
  expect(runtimeFileName("ort.wasm")).toBe(`onnxruntime-web@${version}/ort.wasm`);
  expect(isRuntimeFileName("onnxruntime-web@1.0.0/ort.wasm")).toBe(true);
  expect(isRuntimeFileName("team/onnxruntime-web")).toBe(false);
});
