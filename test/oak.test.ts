import { afterEach, expect, test } from "vitest";
import { parseConfig } from "../src/nn-archive/config.ts";
import { NNArchive } from "../src/nn-archive/nn-archive.ts";
import { createOakDevice, type OakDeviceOptions } from "../src/oak/create-oak-device.node.ts";
import {
  Camera,
  createDevice,
  type Device,
  ImgFrame,
  NeuralNetwork,
  type NNData,
  Pipeline,
} from "../src/pipeline.node.ts";
import { needsCommand } from "./needs.ts";

const withPython = needsCommand("command -v python3 && python3 -c 'import numpy'", "python3 with numpy");

const saved = { ...process.env };
afterEach(() => {
  process.env = { ...saved };
});

/** The real bridge over a stand-in for depthai. @param fault see fake-depthai/depthai.py */
function fakeDevice(fault = "", options: OakDeviceOptions = {}): Promise<Device> {
  process.env.PYTHONPATH = "test/fake-depthai";
  process.env.DEPTHAI_FAKE = fault;
  return createOakDevice(options);
}

/** A stand-in for the bridge. @param how see fake-oak-bridge.py */
function fakeBridge(how: string, options: OakDeviceOptions = {}): Promise<Device> {
  process.env.DEPTHAI_FAKE = how;
  return createOakDevice({ script: "test/fake-oak-bridge.py", ...options });
}

function archiveOf(path = "model.blob", preprocessing = {}): NNArchive {
  const config = parseConfig(
    {
      config_version: "1.0",
      model: {
        metadata: { name: "means", path },
        inputs: [
          { name: "in", dtype: "uint8", input_type: "image", shape: [1, 3, 4, 8], layout: "NCHW", preprocessing },
        ],
        outputs: [{ name: "means", dtype: "float32" }],
        heads: null,
      },
    },
    "archive",
  );
  return new NNArchive("archive", config, new Map([[path, new Uint8Array(100)]]));
}

/** 8×4 pixels of one colour. */
function frame(red: number, green: number, blue: number): ImgFrame {
  const data = Uint8Array.from({ length: 96 }, (_, i) => [red, green, blue][i % 3]!);
  return ImgFrame.fromImage({ width: 8, height: 4, data });
}

withPython("a network's answers come from the device, frame by frame, quantised ones too", async () => {
  await using device = await fakeDevice();
  expect([device.getPlatform().name, device.getDeviceId()]).toEqual(["RVC2", "FAKE0"]);
  await using network = await device.openNetwork(archiveOf());
  const answers = await network.infer([frame(10, 20, 30), frame(200, 100, 51)]);
  // DepthAI's RVC2 networks take BGR planes.
  expect(answers.map((answer) => [...answer.getTensor("means").data])).toEqual([
    [30, 20, 10],
    [51, 100, 200],
  ]);
  expect(answers[1]!.getTensorInfo("means")).toMatchObject({ order: "NC", dims: [1, 3], dataType: "FP32" });
  expect([...answers[1]!.getTensor("halves", true).data]).toEqual([52, 100, 200]);
  expect([...answers[1]!.getTensor("halves").data]).toEqual([26, 50, 100]);
});

withPython("the archive's word on pixels is followed, and two networks run side by side", async () => {
  await using device = await fakeDevice();
  const [bgr, rgb] = [
    await device.openNetwork(archiveOf()),
    await device.openNetwork(archiveOf("model.blob", { dai_type: "RGB888p" })),
  ];
  const means = async (network: typeof bgr) => (await network.infer([frame(1, 2, 3)]))[0]!.getTensor("means").data;
  expect((await Promise.all([means(bgr), means(rgb)])).map((data) => [...data])).toEqual([
    [3, 2, 1],
    [1, 2, 3],
  ]);
  await expect(device.openNetwork(archiveOf())).rejects.toMatchObject({ code: "CONFLICT" });
  await bgr[Symbol.asyncDispose]();
  await rgb[Symbol.asyncDispose]();
  // The device is given up with the last of them, and taken anew.
  await using again = await device.openNetwork(archiveOf());
  expect([...(await means(again))]).toEqual([3, 2, 1]);
});

withPython("a device's camera gives frames, the newest each time, until it is closed", async () => {
  await using device = await fakeDevice();
  const stream = await device.openCamera("CAM_A", { width: 16, height: 8, fps: 30, resize: "stretch" });
  const seen: number[] = [];
  let last = -1;
  for await (const { image, timestampMs, sequence } of stream) {
    expect(sequence).toBeGreaterThan(last);
    expect(timestampMs).toBeCloseTo(40 * sequence, 3);
    last = sequence;
    // Red is the row, green the column, at 5 across and 3 down.
    expect([...image.data.subarray(3 * (3 * 16 + 5), 3 * (3 * 16 + 5) + 2)]).toEqual([3, 5]);
    seen.push(image.data[2]!);
    if (seen.length === 5) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect([stream.width, stream.height, stream.live, stream.name]).toEqual([16, 8, true, "OAK camera CAM_A"]);
  expect(stream.dropped).toBeGreaterThan(0);
  await expect(device.openCamera("CAM_X", {})).rejects.toMatchObject({ code: "NOT_FOUND" });
});

withPython("a camera that is closed while somebody waits for its next frame ends", async () => {
  await using device = await fakeDevice("still");
  const stop = new AbortController();
  const stream = await device.openCamera(undefined, { width: 16, height: 8 }, stop.signal);
  setTimeout(() => stop.abort(), 30);
  for await (const _ of stream) throw new Error("there is no frame");
});

withPython("a pipeline runs on the device: its camera, its network, our nodes", async () => {
  await using device = await fakeDevice();
  await using pipeline = new Pipeline(device);
  const camera = pipeline.create(Camera).build("CAM_A");
  const network = pipeline.create(NeuralNetwork).setNNArchive(archiveOf());
  camera.requestOutput([8, 4]).link(network.input);
  const queue = network.out.createOutputQueue();
  await pipeline.start();
  const answers: NNData[] = [];
  while (answers.length < 4) answers.push(await queue.get());
  for (const answer of answers) {
    // The fake camera's red is the row modulo 256, its green the column; small pictures are near their means.
    const [, green, red] = answer.getTensor("means").data;
    expect([Math.abs(Number(green) - 127) < 20, Math.abs(Number(red) - 105) < 40]).toEqual([true, true]);
    expect(answer.getTransformation()!.getSourceSize()).toEqual([1280, 720]);
  }
  expect(answers.at(-1)!.getSequenceNum()).toBeGreaterThan(answers[0]!.getSequenceNum());
});

withPython("what prints to stdout does not get between the messages", async () => {
  await using device = await fakeDevice("noisy");
  await using network = await device.openNetwork(archiveOf());
  expect([...(await network.infer([frame(1, 2, 3)]))[0]!.getTensor("means").data]).toEqual([3, 2, 1]);
});

withPython("a device that is unplugged fails the inference, and the pipeline names the node", async () => {
  await using device = await fakeDevice("unplugged");
  const pipeline = new Pipeline(device);
  const network = pipeline.create(NeuralNetwork).setNNArchive(archiveOf());
  const queue = network.input.createInputQueue(16, true);
  await pipeline.start();
  for (let i = 0; i < 4; i++) await queue.send(frame(i, i, i)).catch(() => {});
  await expect(pipeline.wait()).rejects.toMatchObject({
    code: "NETWORK",
    message: expect.stringMatching(/^NeuralNetwork 0: OAK device: MessageQueue was closed/),
  });
});

withPython(
  "no device, a device of another name, an old depthai, a network it does not take: each says what it is",
  async () => {
    await expect(fakeDevice("none")).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: "OAK device: none can be opened: No available devices",
      hint: expect.stringContaining("connect one"),
    });
    await expect(fakeDevice("", { deviceId: "missing" })).rejects.toThrow("OAK device missing: none can be opened");
    await expect(fakeDevice("old")).rejects.toMatchObject({
      code: "MISSING_TOOL",
      message: expect.stringContaining("2.30.0"),
    });
    await using device = await fakeDevice("refuses");
    await expect(device.openNetwork(archiveOf())).rejects.toMatchObject({ code: "MODEL_MISMATCH" });
  },
);

withPython(
  "models for other processors, and messages that are no frames of the size, are refused before they are sent",
  async () => {
    await using device = await fakeDevice();
    await expect(device.openNetwork(archiveOf("model.dlc"))).rejects.toMatchObject({
      code: "MODEL_MISMATCH",
      message: "archive: expected a model for RVC2, got one for RVC4",
    });
    await using network = await device.openNetwork(archiveOf());
    const small = ImgFrame.fromImage({ width: 2, height: 2, data: new Uint8Array(12) });
    await expect(network.infer([small])).rejects.toThrow("expected frames of 8×4, got 2×2");
  },
);

withPython("without depthai the error says how to install it", async () => {
  process.env.PYTHONPATH = "/nonexistent";
  await expect(createOakDevice({ python: "python3" })).rejects.toMatchObject({
    code: "MISSING_TOOL",
    message: expect.stringContaining("depthai cannot be imported"),
    hint: expect.stringContaining("pip install 'depthai>=3'"),
  });
});

test("without Python the error says what to install", async () => {
  await expect(createOakDevice({ python: "python-that-is-not-there" })).rejects.toMatchObject({
    code: "MISSING_TOOL",
    message: "python-that-is-not-there: OAK devices need this program, which is not installed",
    hint: expect.stringContaining("depthai"),
  });
});

test.each(["RVC2", "RVC4"] as const)(
  "platform %s of this machine says plainly that a device is needed, and how",
  (platform) => {
    expect(() => createDevice({ platform })).toThrow(
      expect.objectContaining({ code: "MISSING_TOOL", hint: expect.stringContaining("createOakDevice") }),
    );
  },
);

const MISBEHAVIOURS: readonly [how: string, code: string, message: RegExp][] = [
  ["version", "UNSUPPORTED_FORMAT", /expected a hello of version 1, got version 7/],
  ["not-hello", "UNSUPPORTED_FORMAT", /expected a hello of version 1, got another/],
  ["garbage", "UNSUPPORTED_FORMAT", /expected a message of the bridge, got "Trac"/],
  ["dies", "NETWORK", /OAK bridge \(python3 .*\): ended with code 3: libusb: device or resource busy/],
  ["silent", "NETWORK", /no answer within 0\.8 s/],
];

withPython("a bridge of another version, one that is none, dies or is silent: each error says so", async () => {
  for (const [how, code, message] of MISBEHAVIOURS) {
    const opening = fakeBridge(how, { timeoutMs: how === "silent" ? 800 : 20_000 });
    await expect(opening, how).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  }
});

const LATER: readonly [how: string, code: string, message: RegExp][] = [
  ["crash", "NETWORK", /was ended by SIGABRT: terminate called after throwing XLinkError/],
  ["slow", "NETWORK", /no answer within 1 s/],
  ["garbage-later", "UNSUPPORTED_FORMAT", /expected a message of the bridge, got "no m"/],
  ["odd-answers", "UNSUPPORTED_FORMAT", /the device answered with answers\.0\.tensors\.0/],
  ["strange-code", "NETWORK", /the device is on fire/],
];

withPython("a bridge that fails in the middle fails what waits for it, and what is asked later", async () => {
  for (const [how, code, message] of LATER) {
    await using device = await fakeBridge(how, { timeoutMs: how === "slow" ? 1000 : 20_000 });
    const network = await device.openNetwork(archiveOf());
    const both = [network.infer([frame(1, 2, 3)]), network.infer([frame(1, 2, 3)])];
    for (const answer of both) {
      await expect(answer, how).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    }
    const dead = how !== "odd-answers" && how !== "strange-code";
    if (dead) await expect(device.openNetwork(archiveOf()), how).rejects.toMatchObject({ code });
  }
});

withPython("a bridge that does not hear that it is over is ended", async () => {
  const device = await fakeBridge("deaf");
  const network = await device.openNetwork(archiveOf());
  const answer = network.infer([frame(1, 2, 3)]);
  await Promise.all([expect(answer).rejects.toMatchObject({ code: "CLOSED" }), device[Symbol.asyncDispose]()]);
  await expect(device.openNetwork(archiveOf())).rejects.toMatchObject({ code: "CLOSED" });
});

withPython("keys and passwords are not passed to the bridge", async () => {
  Object.assign(process.env, {
    DEPTHAI_HUB_API_KEY: "hub-secret",
    HUBAI_API_KEY: "hubai-secret",
    AWS_SECRET_ACCESS_KEY: "aws-secret",
    SOME_TOKEN: "token-secret",
    DEPTHAI_LEVEL: "debug",
  });
  await using device = await fakeBridge("env");
  const env = JSON.parse(device.getDeviceId()) as Record<string, string>;
  expect(Object.values(env).join()).not.toContain("secret");
  expect(env.DEPTHAI_LEVEL).toBe("debug");
  // Whatever starts Python may put itself before it.
  expect(env.PATH).toContain(process.env.PATH);
});
