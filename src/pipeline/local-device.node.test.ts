import { expect, test } from "vitest";
import { createNodeHost } from "../host/host.node.ts";
import type { Image } from "../image/image.ts";
import type { NNArchive } from "../nn-archive/nn-archive.ts";
import type { ModelSource } from "../recognize/load.ts";
import { NNModelDescription } from "../zoo/description.ts";
import { createDevice } from "./device.node.ts";
import type { NetworkOptions } from "./device.ts";
import { createLocalDevice } from "./local-device.ts";
import type { Buffer } from "./messages/buffer.ts";
import { ImgFrame } from "./messages/img-frame.ts";
import { MessageGroup } from "./messages/message-group.ts";
import { NNData } from "./messages/nn-data.ts";
import {
  bytesArchive,
  dynamicallyQuantisedArchive,
  factorArchive,
  type MeansOptions,
  meansArchive,
  renamed,
} from "./testing/networks.ts";

const nothing: ModelSource = { ensure: async () => new Map() };
const never = () => Promise.reject(new Error("no videos here"));
const device = createLocalDevice({
  platform: "cpu",
  host: createNodeHost(),
  models: nothing,
  openVideo: never,
  openCamera: never,
});

const plain = (width: number, height: number, r: number, g: number, b: number): Image => ({
  width,
  height,
  data: Uint8Array.from({ length: 3 * width * height }, (_, i) => [r, g, b][i % 3]!),
});
const frame = (r: number, g: number, b: number, size = 2) => ImgFrame.fromImage(plain(size, size, r, g, b));

async function infer(archive: NNArchive, messages: readonly Buffer[], options?: NetworkOptions): Promise<NNData[]> {
  await using network = await device.openNetwork(archive, options);
  return network.infer(messages);
}
const means = async (options: MeansOptions, message: Buffer = frame(10, 20, 40)): Promise<number[]> => {
  const [answer] = await infer(meansArchive(options), [message]);
  const { shape, data, dtype } = answer!.getTensor("means");
  expect([dtype, shape[0]]).toEqual(["float32", 1]);
  return [...(data as Float32Array)];
};

test.each<[string, object, number[]]>([
  ["RGB where nothing is said", {}, [10, 20, 40]],
  ["dai_type RGB888p", { dai_type: "RGB888p" }, [10, 20, 40]],
  ["dai_type BGR888p", { dai_type: "BGR888p" }, [40, 20, 10]],
  ["reverse_channels true", { reverse_channels: true }, [10, 20, 40]],
  ["reverse_channels false", { reverse_channels: false }, [40, 20, 10]],
  ["dai_type before reverse_channels", { dai_type: "BGR888p", reverse_channels: true }, [40, 20, 10]],
  ["mean and scale in the network's order", { dai_type: "BGR888p", mean: [40, 0, 0], scale: [1, 2, 5] }, [0, 10, 2]],
  ["one mean for all", { mean: [10], scale: [10] }, [0, 1, 3]],
])("frames are fed as the archive says: %s", async (_, preprocessing, expected) => {
  expect(await means({ preprocessing })).toBeCloseToTensor(expected, { atol: 1e-6 });
});

test("frames are fed pixel by pixel, and grey, where the archive says so", async () => {
  const nhwc = { layout: "NHWC", dims: ["N", 2, 2, 3], shape: [1, 2, 2, 3] } as const;
  expect(await means({ ...nhwc, preprocessing: { dai_type: "BGR888i" } })).toEqual([40, 20, 10]);
  const grey = { dims: ["N", 1, 2, 2], shape: [1, 1, 2, 2], preprocessing: { dai_type: "GRAY8" } };
  expect(await means(grey)).toBeCloseToTensor([0.299 * 10 + 0.587 * 20 + 0.114 * 40], { atol: 1e-5 });
});

test("a frame of another size is stretched, whatever type it has", async () => {
  const image = { width: 4, height: 2, data: Uint8Array.from({ length: 24 }, (_, i) => 10 * Math.floor(i / 12)) };
  const [network, bgr] = [meansArchive(), ImgFrame.fromImage(image, {}, { type: "BGR888p" })];
  const [answer] = await infer(network, [bgr]);
  expect(answer!.getTensor("means").data).toEqual(Float32Array.of(5, 5, 5));
});

test("several frames go in together where the network takes any number, each with its own answer", async () => {
  const frames = [frame(1, 2, 3), frame(4, 5, 6, 5), frame(7, 8, 9)];
  await using network = await device.openNetwork(meansArchive());
  expect(network.maxBatch).toBe(8);
  const answers = await network.infer(frames);
  expect(answers.map((answer) => [...(answer.getTensor("means").data as Float32Array)])).toEqual([
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 9],
  ]);
  expect(answers.map((answer) => answer.getTensor("means").shape)).toEqual([
    [1, 3],
    [1, 3],
    [1, 3],
  ]);
  await expect(network.infer([])).rejects.toThrow("expected 1 to 8 messages, got 0");
});

test("a network that was saved for one frame is freed, one of a fixed batch is filled up", async () => {
  await using one = await device.openNetwork(meansArchive({ dims: [1, 3, 2, 2] }), { maxBatch: 3 });
  expect(one.maxBatch).toBe(3);
  await using four = await device.openNetwork(meansArchive({ dims: [4, 3, 2, 2], shape: [4, 3, 2, 2] }));
  expect(four.maxBatch).toBe(4);
  const answers = await four.infer([frame(1, 2, 3), frame(4, 5, 6)]);
  expect(answers.map((answer) => answer.getFirstTensor().data)).toEqual([
    Float32Array.of(1, 2, 3),
    Float32Array.of(4, 5, 6),
  ]);
});

test("a network quantised while it runs takes one frame at a time: another would change its answer", async () => {
  await using network = await device.openNetwork(dynamicallyQuantisedArchive());
  expect(network.maxBatch).toBe(1);
});

test("tensors go in as they are, by the inputs' names, also beside frames", async () => {
  const data = Float32Array.from({ length: 12 }, (_, i) => i);
  const planar = new NNData().addTensor("images", { dtype: "float32", shape: [3, 2, 2], data });
  expect(await means({ preprocessing: { mean: [100] } }, planar)).toEqual([1.5, 5.5, 9.5]);
  const answers = await infer(meansArchive(), [planar, frame(1, 2, 3)]);
  expect(answers.map((answer) => [...(answer.getFirstTensor().data as Float32Array)])).toEqual([
    [1.5, 5.5, 9.5],
    [1, 2, 3],
  ]);
});

test("a network of several inputs takes a group, or one message with a layer for each", async () => {
  const group = new MessageGroup([
    ["image", frame(10, 20, 30)],
    ["factor", new NNData().addTensor("factor", [3])],
  ]);
  expect((await infer(factorArchive(), [group]))[0]!.getTensor("product").data).toEqual(Float32Array.of(60));
  const ones = { dtype: "uint8", shape: [1, 3, 2, 2], data: new Uint8Array(12).fill(1) } as const;
  const layers = new NNData().addTensor("image", ones).addTensor("factor", [5]);
  expect((await infer(factorArchive(), [layers]))[0]!.getTensor("product").data).toEqual(Float32Array.of(5));
});

test("bytes are fed as bytes, whole numbers of 64 bits come as 32", async () => {
  const [answer] = await infer(bytesArchive(), [frame(7, 200, 9)]);
  expect(answer!.getTensor("largest")).toEqual({ dtype: "int32", shape: [1], data: Int32Array.of(200) });
});

test.each<[string, NNArchive, Buffer, string]>([
  ["no layer of the input's name", meansArchive(), new NNData().addTensor("x", [1]), "for images, got NNData with x"],
  [
    "a frame for two inputs",
    factorArchive(),
    frame(1, 2, 3),
    "expected a frame or a tensor for image, got a message of ImgFrame",
  ],
  [
    "half a group",
    factorArchive(),
    new MessageGroup([["image", frame(1, 2, 3)]]),
    "expected a tensor for factor, got nothing",
  ],
  [
    "too few values",
    meansArchive(),
    new NNData().addTensor("images", [1, 2]),
    "expected images to be float32 [N, 3, 2, 2]",
  ],
])("what does not fit is refused: %s", async (_, archive, message, sentence) => {
  await expect(infer(archive, [message])).rejects.toMatchObject({
    code: "MODEL_MISMATCH",
    message: expect.stringContaining(`test.tar.xz: `),
  });
  await expect(infer(archive, [message])).rejects.toThrow(sentence);
});

test("an archive for a device says which it needs and how to get another", async () => {
  for (const [path, platform] of [
    ["a.superblob", "RVC2"],
    ["a.dlc", "RVC4"],
  ] as const) {
    await expect(device.openNetwork(renamed(meansArchive(), path))).rejects.toMatchObject({
      code: "UNSUPPORTED_FORMAT",
      message: expect.stringContaining(`runs on an ${platform} device`),
      hint: expect.stringContaining("--platform cpu"),
    });
  }
});

test("an archive whose config.json names what the graph has not is refused", async () => {
  const wrong = meansArchive();
  const config = wrong.getConfig();
  config.model.outputs[0]!.name = "embedding";
  await expect(device.openNetwork(wrong)).rejects.toThrow(
    "config.json says an output embedding, the network has means",
  );
});

test("a description for a device is refused here; ONNX platforms are all the same", async () => {
  await expect(device.getModel(new NNModelDescription("a/b", "RVC4"))).rejects.toMatchObject({
    message: "a/b: expected a model for cpu, got a description for RVC4",
  });
  await expect(device.getModel(new NNModelDescription("a/b", "CUDA"))).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("createDevice is this machine, and says plainly that others need a device", () => {
  const own = createDevice();
  expect([own.getPlatform().name, own.getPlatformAsString()]).toEqual(["cpu", "cpu"]);
  expect(own.getDeviceId()).not.toBe("");
  for (const platform of ["RVC2", "RVC4"] as const) {
    expect(() => createDevice({ platform })).toThrow(
      expect.objectContaining({
        code: "MISSING_TOOL",
        message: expect.stringContaining(`needs an ${platform} device`),
      }),
    );
  }
  expect(() => createDevice({ platform: "webgpu" })).toThrow("expected platform cpu, got webgpu");
});

test("a file without a card says nothing of how it is fed", async () => {
  const named = (model: string) => createDevice().getModel(new NNModelDescription(model));
  await expect(named("my.onnx")).rejects.toThrow("expected an NN archive or a card beside the file my.onnx");
  await expect(named("./absent.tar.xz")).rejects.toMatchObject({ code: "NOT_FOUND" });
});
