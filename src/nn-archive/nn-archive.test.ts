import { expect, test } from "vitest";
import { parseConfig } from "./config.ts";
import { NNArchive } from "./nn-archive.ts";
import { runRefusal } from "./run-refusal.ts";
import { tinyOnnx } from "./testing/sample-archive.ts";
import { arcfaceConfig } from "./testing/sample-config.ts";

// biome-ignore lint/suspicious/noExplicitAny: configs are changed here in any way
function archiveOf(change: (config: any) => void, files?: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): NNArchive {
  const config = arcfaceConfig();
  change(config);
  const parsed = parseConfig(config, "x.tar");
  return new NNArchive("x.tar", parsed, files ?? new Map([[parsed.model.metadata.path, Uint8Array.of(1, 2, 3)]]));
}

const withPath = (path: string) => archiveOf((c) => (c.model.metadata.path = path));

test.each([
  ["a.blob", "BLOB", ["RVC2"]],
  ["a.superblob", "SUPERBLOB", ["RVC2"]],
  ["a.dlc", "DLC", ["RVC4"]],
  ["a.onnx", "OTHER", ["cpu", "webgpu", "wasm", "cuda"]],
  ["a.xml", "OTHER", ["cpu", "webgpu", "wasm", "cuda"]],
  ["blob", "OTHER", ["cpu", "webgpu", "wasm", "cuda"]],
])("%s is %s and runs on %j", (path, type, platforms) => {
  const archive = withPath(path);
  expect([archive.getModelType(), archive.getSupportedPlatforms()]).toEqual([type, platforms]);
});

test.each(["a.tar", "a.tar.xz", "a.tar.gz", "A.TAR"])("an archive in an archive is refused: %s", (path) => {
  expect(() => withPath(path)).toThrow(
    "x.tar: NNArchive inside NNArchive is not supported. Please unpack the inner archive first.",
  );
});

test("a model that is not there is refused in DepthAI's words", () => {
  expect(() => archiveOf(() => {}, new Map())).toThrow(
    "x.tar: No model arcface_r100.onnx found in NNArchive x.tar | Please check your NNArchive.",
  );
});

test.each(["../a.onnx", "/etc/a.onnx"])("a model outside of the archive is refused: %s", (path) => {
  expect(() => withPath(path)).toThrow(/x.tar: holds (a path that leads out of it|an absolute path): "/);
});

test("the config, its version and the model are given as they are", () => {
  const archive = archiveOf((c) => (c.model.metadata.path = "./a.onnx"), new Map([["a.onnx", Uint8Array.of(7)]]));
  expect(archive.getConfigVersion()).toBe("1.0");
  expect(archive.getConfig().model.metadata.name).toBe("arcface");
  expect(archive.model).toEqual(Uint8Array.of(7));
});

test.each<[string, number[], readonly [number, number] | null]>([
  ["NCHW", [1, 3, 112, 96], [96, 112]],
  ["NHWC", [1, 112, 96, 3], [96, 112]],
  ["CHW", [3, 112, 96], null],
  ["NCWH", [1, 3, 96, 112], null],
])("the input size of %s %j is %j", (layout, shape, size) => {
  const archive = archiveOf((c) => Object.assign(c.model.inputs[0], { layout, shape }));
  expect(archive.getInputSize()).toEqual(size);
  expect([archive.getInputWidth(), archive.getInputHeight()]).toEqual(size ?? [null, null]);
});

test("an input that is not there, or has a size below 0, has DepthAI's errors", () => {
  expect(() => archiveOf(() => {}).getInputSize(1)).toThrow("Input index in NNArchive is out of bounds");
  const dynamic = archiveOf((c) => (c.model.inputs[0].shape = [-1, 3, 112, 112]));
  expect(() => dynamic.getInputSize()).toThrow("Input shape must be positive in NNArchive");
});

test.each(["../weights.bin", "/etc/passwd", "a/../../b", "C:\\weights.bin"])(
  "an ONNX with weights out of the archive is refused: %s",
  (location) => {
    expect(() => archiveOf(() => {}, new Map([["arcface_r100.onnx", tinyOnnx(location)]]))).toThrow(
      `x.tar: arcface_r100.onnx points out of the archive for its weights: ${JSON.stringify(location)}`,
    );
  },
);

test("an ONNX with weights in a file beside it is read; to run it is decodeModel's to refuse", () => {
  expect(archiveOf(() => {}, new Map([["arcface_r100.onnx", tinyOnnx("weights.bin")]])).files.size).toBe(1);
});

test.each([
  ["a.blob", "an RVC2 device (OAK-D, OAK-1 and their kin)"],
  ["a.superblob", "an RVC2 device (OAK-D, OAK-1 and their kin)"],
  ["a.dlc", "an RVC4 device (OAK4)"],
])("running %s says that it needs %s, and where the ONNX is", (path, device) => {
  expect(runRefusal(withPath(path), "luxonis/arcface:lfw-112x112")).toMatchObject({
    code: "UNSUPPORTED_FORMAT",
    message: `x.tar: expected an ONNX model, got ${path}, which runs on ${device} only`,
    hint: "`arcface models pull luxonis/arcface:lfw-112x112 --platform cpu` fetches the ONNX it was made from",
  });
});

test("an ONNX archive may be run", () => {
  expect(runRefusal(withPath("a.onnx"))).toBeNull();
});
