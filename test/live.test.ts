import { request } from "node:http";
import type { DescMessage } from "@bufbuild/protobuf";
import fc from "fast-check";
import sharp from "sharp";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { ImgAnnotations } from "../src/live/img-annotations.ts";
import { RemoteConnection } from "../src/live/remote-connection.node.ts";
import { Buffer as Message } from "../src/pipeline/messages/buffer.ts";
import { ImgDetection } from "../src/pipeline/messages/img-detection.ts";
import { ImgDetections } from "../src/pipeline/messages/img-detections.ts";
import { ImgFrame } from "../src/pipeline/messages/img-frame.ts";
import { ImgTransformation } from "../src/pipeline/messages/img-transformation.ts";
import { JsonEvent } from "../src/pipeline/messages/json-event.ts";
import { NNData } from "../src/pipeline/messages/nn-data.ts";
import { RotatedRect } from "../src/pipeline/messages/rotated-rect.ts";
import { Tracklets } from "../src/pipeline/messages/tracklets.ts";
import { Pipeline } from "../src/pipeline/pipeline.ts";
import { ThreadedHostNode } from "../src/pipeline/threaded-host-node.ts";
import { FoxgloveTestClient } from "./foxglove-client.ts";

const STAMPS = { timestamp: 12_345.678, timestampDevice: 12_300, sequenceNum: 42 };
const TS = { sec: 12n, nsec: 345_678_000n };
const FREE = { webSocketPort: 0, httpPort: 0 } as const;

/** A picture without hard edges, which JPEG keeps closely. */
function picture(width: number, height: number) {
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) {
    data.set([(255 * (i % width)) / width, (255 * Math.floor(i / width)) / height, 128], 3 * i);
  }
  return { width, height, data };
}

function json(value: object): Message {
  return new JsonEvent(value);
}

async function connect(remote: RemoteConnection): Promise<FoxgloveTestClient> {
  return FoxgloveTestClient.connect((await remote.ready()).webSocketUrl);
}

/** The numbers of a message's fields. */
function numbersOf(schema: DescMessage): Record<string, number> {
  return Object.fromEntries(schema.fields.map(({ name, number }) => [name, number]));
}

test("a client is told who serves, and which services there are", async () => {
  await using remote = new RemoteConnection(FREE);
  await using client = await connect(remote);
  expect(client.socket.protocol).toBe("foxglove.websocket.v1");
  expect(client.ops[0]).toMatchObject({
    op: "serverInfo",
    name: "DepthAI RemoteConnection",
    capabilities: ["services"],
    supportedEncodings: ["json", "binary"],
  });
  expect(client.op("advertise")).toEqual({ op: "advertise", channels: [] });
  for (const name of ["topicGroups", "keyPressed", "libraryVersion"]) {
    expect(client.serviceId(name)).toBeGreaterThan(0);
  }
});

test("detections arrive as DepthAI's ImgDetections, every field of them", async () => {
  await using remote = new RemoteConnection(FREE);
  const queue = remote.addTopic("Objects", "images");
  await using client = await connect(remote);
  const box = new RotatedRect({ x: 0.5, y: 0.25 }, { width: 0.25, height: 0.125 }, 30, true);
  const detections = new ImgDetections(
    [
      new ImgDetection({ label: 7, labelName: "person_0", confidence: 0.75, boundingBox: box }),
      new ImgDetection({ xmin: 0.25, ymin: 0.5, xmax: 0.75, ymax: 1, keypoints: [{ x: 0.5, y: 0.625, z: 2 }] }),
    ],
    STAMPS,
    new ImgTransformation(1920, 1080, [0.5, 0, -8, 0, 0.25, 4, 0, 0, 1], 640, 480),
  );
  await queue.send(detections); // opens the channel
  const channel = await client.channel("Objects");
  expect(channel).toMatchObject({ encoding: "protobuf", schemaName: "dai.proto.img_detections.ImgDetections" });
  const waiting = client.take("Objects", 5);
  await expect
    .poll(() => client.received(5).length + Number(queue.trySend(detections)), { interval: 50 })
    .toBeGreaterThan(1);
  const [received] = await waiting;
  const message = await client.read<Record<string, never>>("Objects", received!.payload);
  expect(message).toMatchObject({
    sequenceNum: 42n,
    ts: TS,
    tsDevice: { sec: 12n, nsec: 300_000_000n },
    transformation: {
      srcWidth: 1920,
      srcHeight: 1080,
      width: 640,
      height: 480,
      transformationMatrix: { arrays: [{ values: [0.5, 0, -8] }, { values: [0, 0.25, 4] }, { values: [0, 0, 1] }] },
    },
  });
  const [first, second] = message.detections as unknown as Record<string, unknown>[];
  expect(first).toMatchObject({
    label: 7,
    labelName: "person_0",
    confidence: 0.75,
    boundingBox: { center: { x: 0.5, y: 0.25 }, size: { width: 0.25, height: 0.125 }, angle: 30 },
  });
  expect(first).toMatchObject({ xmin: Math.fround(detections.detections[0]!.xmin) });
  expect(second).toMatchObject({
    xmin: 0.25,
    ymin: 0.5,
    xmax: 0.75,
    ymax: 1,
    boundingBox: { center: { x: 0.5, y: 0.75 }, size: { width: 0.5, height: 0.5 }, angle: 0 },
    keypoints: { keypoints: [{ imageCoordinates: { x: 0.5, y: 0.625, z: 2 } }] },
  });
  const now = BigInt(Date.now()) * 1_000_000n;
  expect(now - received!.timestamp).toBeLessThan(60_000_000_000n);
});

test("the numbers of fields are DepthAI's", async () => {
  await using remote = new RemoteConnection(FREE);
  const image = picture(8, 8);
  await remote.addTopic("Video").send(ImgFrame.fromImage(image));
  await remote.addTopic("Pixels", "", 16, false, false).send(ImgFrame.fromImage(image));
  await remote.addTopic("Objects").send(new ImgDetections());
  await remote.addTopic("Drawing").send(new ImgAnnotations());
  await using client = await connect(remote);
  expect(numbersOf(await client.schema("Objects"))).toEqual({
    sequenceNum: 1,
    ts: 2,
    tsDevice: 3,
    detections: 4,
    transformation: 5,
    segmentationMaskWidth: 6,
    segmentationMaskHeight: 7,
    maskData: 8,
  });
  const detection = (await client.schema("Objects")).field.detections!.message!;
  expect(detection.typeName).toBe("dai.proto.img_detections.ImgDetection");
  expect(numbersOf(detection)).toEqual({
    label: 1,
    confidence: 2,
    xmin: 3,
    ymin: 4,
    xmax: 5,
    ymax: 6,
    labelName: 7,
    boundingBox: 8,
    keypoints: 9,
  });
  expect(numbersOf(await client.schema("Pixels"))).toMatchObject({
    ts: 1,
    tsDevice: 2,
    sequenceNum: 3,
    fb: 4,
    data: 11,
  });
  expect(numbersOf(await client.schema("Video"))).toMatchObject({ profile: 7, sequenceNum: 12, ts: 13, data: 16 });
  expect(numbersOf(await client.schema("Drawing"))).toMatchObject({ annotations: 4, transformation: 5 });
});

test("pictures arrive as JPEG, or as their pixels where that was asked for", async () => {
  await using remote = new RemoteConnection(FREE);
  const image = picture(64, 48);
  const frame = ImgFrame.fromImage(image, STAMPS, { type: "BGR888p" });
  const [video, pixels] = [remote.addTopic("Video"), remote.addTopic("Pixels", "", 16, false, false)];
  const send = setInterval(() => [video, pixels].map((queue) => queue.trySend(frame)), 20);
  await using client = await connect(remote);
  const [jpeg, raw] = [(await client.take("Video", 1))[0]!, (await client.take("Pixels", 2))[0]!];
  clearInterval(send);

  const encoded = await client.read<Record<string, unknown>>("Video", jpeg.payload);
  expect(encoded).toMatchObject({ width: 64, height: 48, profile: 0, quality: 80, sequenceNum: 42n, ts: TS });
  const decoded = await sharp(encoded.data as Uint8Array)
    .raw()
    .toBuffer();
  expect(decoded.length).toBe(image.data.length);
  // JPEG of quality 80 on a picture without edges.
  for (const [i, value] of decoded.entries()) expect(Math.abs(value - image.data[i]!)).toBeLessThan(12);

  const plain = await client.read<Record<string, unknown>>("Pixels", raw.payload);
  expect(plain).toMatchObject({ sequenceNum: 42n, fb: { type: 8, width: 64, height: 48, stride: 64, bytesPP: 1 } });
  expect(plain.data).toEqual(frame.getData());
});

test("annotations arrive as they were made", async () => {
  await using remote = new RemoteConnection(FREE);
  const red = { r: 1, g: 0, b: 0, a: 0.5 };
  const queue = remote.addTopic("Drawing");
  const annotations = new ImgAnnotations(
    [
      {
        points: [{ type: "LINE_LOOP", points: [{ x: 0.25, y: 0.5 }], outlineColor: red, thickness: 3 }],
        circles: [{ position: { x: 0.5, y: 0.5 }, diameter: 0.25, fillColor: red }],
        texts: [{ position: { x: 0, y: 1 }, text: "häuser", textColor: red }],
      },
    ],
    STAMPS,
  );
  const send = setInterval(() => queue.trySend(annotations), 20);
  await using client = await connect(remote);
  const [received] = await client.take("Drawing", 1);
  clearInterval(send);
  const message = await client.read<{ annotations: unknown[] }>("Drawing", received!.payload);
  expect(message.annotations[0]).toMatchObject({
    points: [{ type: 2, points: [{ x: 0.25, y: 0.5 }], outlineColor: red, thickness: 3 }],
    circles: [{ position: { x: 0.5, y: 0.5 }, diameter: 0.25, thickness: 1, fillColor: red }],
    texts: [{ position: { x: 0, y: 1 }, text: "häuser", fontSize: 12, textColor: red }],
  });
});

test("tracks in view arrive as detections that say the track's number", async () => {
  await using remote = new RemoteConnection(FREE);
  const queue = remote.addTopic("Tracks");
  const track = (id: number, status: "NEW" | "TRACKED" | "LOST" | "REMOVED") => ({
    id,
    label: 1,
    age: 3,
    status,
    roi: { x: 0.25, y: 0.5, width: 0.25, height: 0.25 },
    srcImgDetection: new ImgDetection({ labelName: "face", confidence: 0.5 }),
  });
  const tracks = new Tracklets([track(3, "TRACKED"), track(4, "LOST"), track(5, "NEW"), track(6, "REMOVED")], STAMPS);
  const send = setInterval(() => queue.trySend(tracks), 20);
  await using client = await connect(remote);
  const [received] = await client.take("Tracks", 1);
  clearInterval(send);
  const message = await client.read<{ detections: unknown[] }>("Tracks", received!.payload);
  expect(message.detections).toMatchObject([
    { labelName: "face #3", label: 1, confidence: 0.5, xmin: 0.25, ymin: 0.5, xmax: 0.5, ymax: 0.75 },
    { labelName: "face #5" },
  ]);
});

test("events are kept for who comes later, in their order", async () => {
  await using remote = new RemoteConnection(FREE);
  const queue = remote.addTopic("Events", "people");
  for (let n = 0; n < 130; n++) {
    await queue.send(json({ n }));
    if (n % 10 === 0) await new Promise(setImmediate);
  }
  await using client = await connect(remote);
  expect(await client.channel("Events")).toMatchObject({ encoding: "json", schemaName: "" });
  const events = await client.take("Events", 1, 100);
  const numbers = events.map(({ payload }) => (JSON.parse(Buffer.from(payload).toString()) as { n: number }).n);
  expect(numbers).toEqual(Array.from({ length: 100 }, (_, i) => 30 + i));
});

test("a message of one's own is shown as what it looks like", async () => {
  class Pose extends Message {
    getVisualizationMessage(): ImgAnnotations {
      return new ImgAnnotations([{ texts: [{ position: { x: 0, y: 0 }, text: "standing" }] }]).setStampsOf(this);
    }
  }
  await using remote = new RemoteConnection(FREE);
  const queue = remote.addTopic("Pose");
  const send = setInterval(() => queue.trySend(new Pose(undefined, STAMPS)), 20);
  await using client = await connect(remote);
  const [received] = await client.take("Pose", 1);
  clearInterval(send);
  const message = await client.read<unknown>("Pose", received!.payload);
  expect(message).toMatchObject({ sequenceNum: 42n, annotations: [{ texts: [{ text: "standing" }] }] });
});

test("what cannot be shown is said once, to who comes later, too", async () => {
  await using remote = new RemoteConnection(FREE);
  const queue = remote.addTopic("Tensors");
  for (let n = 0; n < 3; n++) await queue.send(new NNData());
  await using client = await connect(remote);
  await client.until("a status", () => client.op("status"));
  const notes = client.ops.filter(({ op }) => op === "status");
  expect(notes).toEqual([{ op: "status", level: 1, message: "topic Tensors carries a NNData that cannot be shown" }]);
});

test("a message that its form has no room for is told, and the next is shown", async () => {
  await using remote = new RemoteConnection(FREE);
  const [objects, video] = [remote.addTopic("Objects"), remote.addTopic("Video")];
  await objects.send(new ImgDetections());
  await video.send(ImgFrame.fromImage(picture(16, 16)));
  await using client = await connect(remote);
  client.subscribe(1, (await client.channel("Objects")).id);
  client.subscribe(2, (await client.channel("Video")).id);
  await client.callJson("topicGroups"); // after the subscriptions
  await objects.send(new ImgDetections([new ImgDetection({ label: -1 })]));
  await objects.send(new ImgDetections([], STAMPS));
  await video.send(new ImgFrame({ type: "RGB888i", width: 16, height: 16, data: new Uint8Array(5) }));
  await client.until("two notes", () => client.ops.filter(({ op }) => op === "status").length === 2);
  await video.send(ImgFrame.fromImage(picture(16, 16), STAMPS));
  await client.until("the next", () => client.received(1).length === 1 && client.received(2).length === 1);
  expect(client.ops.filter(({ op }) => op === "status").map(({ message }) => message)).toEqual([
    expect.stringMatching(/^topic Objects cannot be shown: .*label.*-1/),
    expect.stringMatching(/^topic Video cannot be shown: frame: expected 768 bytes/),
  ]);
});

test("no picture is compressed while nobody watches", async () => {
  let converted = 0;
  class Counted extends ImgFrame {
    override getImage() {
      converted++;
      return super.getImage();
    }
  }
  await using remote = new RemoteConnection(FREE);
  const queue = remote.addTopic("Video");
  const send = () => queue.send(new Counted({ type: "RGB888i", ...picture(16, 16) }));
  await using client = await connect(remote);
  for (let n = 0; n < 5; n++) await send();
  const { id } = await client.channel("Video");
  expect(converted).toBe(0);
  client.subscribe(1, id);
  await client.callJson("topicGroups"); // after the subscription
  await send();
  await client.until("a frame", () => client.received(1).length > 0);
  client.socket.send(JSON.stringify({ op: "unsubscribe", subscriptionIds: [1] }));
  await client.callJson("topicGroups");
  await send();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(converted).toBe(1);
  expect(client.received(1).length).toBe(1);
});

test("services answer as DepthAI's do", async () => {
  await using remote = new RemoteConnection(FREE);
  remote.addTopic("Video", "images");
  remote.addTopic("Events");
  remote.registerService("double", (value) => (value as number) * 2);
  remote.registerService("later", async () => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    return { done: true };
  });
  remote.registerBinaryService("reverse", (bytes) => bytes.toReversed());
  await using client = await connect(remote);
  expect(await client.callJson("topicGroups")).toEqual({ Video: "images", Events: "" });
  expect(Buffer.from((await client.call("libraryVersion", "{}")) as Uint8Array).toString()).toMatch(/^\d+\.\d+\.\d+/);
  expect(await client.callJson("double", 21)).toBe(42);
  expect(await client.callJson("later")).toEqual({ done: true });
  expect(await client.call("reverse", new Uint8Array([1, 2, 3]))).toEqual(new Uint8Array([3, 2, 1]));
  expect(await client.call("double", "{")).toMatch(/JSON/);
  expect(await client.callJson("keyPressed", { key: "q" })).toEqual({ status: "Received key" });
  expect(await remote.waitKey(1)).toBe(113);
  for (const request of [{ key: "qq" }, { key: "" }, { key: 5 }, {}, null]) {
    expect(await client.callJson("keyPressed", request)).toEqual({
      error: "Invalid key pressed. Expected a single character",
    });
  }
  expect(await remote.waitKey(1)).toBe(-1);
  expect(() => remote.registerService("double", () => 0)).toThrow("there is a service double already");
});

test("a pipeline tells its nodes, its links and what went through them", async () => {
  class Source extends ThreadedHostNode {
    readonly out = this.createOutput({ name: "out" });
    override getName = () => "Source";
    protected override async run() {
      for (let n = 0; n < 3; n++) await this.out.send(json({ n }));
    }
  }
  class Sink extends ThreadedHostNode {
    readonly input = this.createInput({ name: "input" });
    override getName = () => "Sink";
    protected override async run() {
      while (this.mainLoop()) await this.input.get();
    }
  }
  await using pipeline = new Pipeline();
  const [source, sink] = [pipeline.create(Source), pipeline.create(Sink)];
  source.out.link(sink.input);
  await using remote = new RemoteConnection(FREE);
  remote.addTopic("Events", source.out, "people");
  remote.registerPipeline(pipeline);
  await using client = await connect(remote);
  await pipeline.start();
  await pipeline.wait();
  const { pipeline: schema } = (await client.callJson("pipelineSchema")) as { pipeline: Record<string, unknown> };
  expect(schema.connections).toEqual([
    { node1Id: 0, node1OutputGroup: "", node1Output: "out", node2Id: 1, node2InputGroup: "", node2Input: "input" },
  ]);
  expect(schema.nodes).toMatchObject([
    [0, { id: 0, name: "Source" }],
    [1, { id: 1, name: "Sink" }],
  ]);
  expect(await client.callJson("fullPipelineSchema")).toEqual({ pipeline: schema });
  expect(await client.callJson("pipelineState")).toMatchObject({
    isRunning: false,
    nodes: [
      { name: "Source", outputs: [{ name: "out", sent: 3 }] },
      { name: "Sink", inputs: [{ name: "input", received: 3, dropped: 0 }] },
    ],
  });
  // The last of a pipeline that has ended is still there.
  expect((await client.take("Events", 1, 3)).length).toBe(3);
});

test("a topic that is removed is taken back, and its name is free again", async () => {
  await using remote = new RemoteConnection(FREE);
  const queue = remote.addTopic("Events");
  expect(() => remote.addTopic("Events")).toThrow("there is a topic Events already");
  await queue.send(json({ n: 1 }));
  await using client = await connect(remote);
  const { id } = await client.channel("Events");
  expect(remote.removeTopic("Events")).toBe(true);
  await client.until("unadvertise", () => client.op("unadvertise"));
  expect(client.op("unadvertise")).toEqual({ op: "unadvertise", channelIds: [id] });
  expect(queue.isClosed()).toBe(true);
  expect(remote.removeTopic("Events")).toBe(false);
  await remote.addTopic("Events").send(json({ n: 2 }));
  await client.until("another channel", async () => (await client.channel("Events")).id !== id);
});

test("two clients see the same; one that leaves does not disturb the other", async () => {
  await using remote = new RemoteConnection(FREE);
  const queue = remote.addTopic("Events");
  await queue.send(json({ n: 0 }));
  await using stays = await connect(remote);
  {
    await using leaves = await connect(remote);
    await Promise.all([stays.take("Events", 9), leaves.take("Events", 2)]);
    await queue.send(json({ n: 1 }));
    await Promise.all([
      stays.until("the second", () => stays.received(9).length === 2),
      leaves.until("the second", () => leaves.received(2).length === 2),
    ]);
  }
  await queue.send(json({ n: 2 }));
  await stays.until("the third", () => stays.received(9).length === 3);
});

test("a client that does not read costs no memory, and sees the newest when it reads again", async () => {
  const megabyte = new Uint8Array(1024 * 1024);
  const frame = (sequenceNum: number) =>
    new ImgFrame({ type: "GRAY8", width: 1024, height: 1024, data: megabyte }, { sequenceNum });
  await using remote = new RemoteConnection(FREE);
  const queue = remote.addTopic("Pixels", "", 16, false, false);
  await queue.send(frame(0));
  await using slow = await connect(remote);
  await using fast = await connect(remote);
  slow.subscribe(1, (await slow.channel("Pixels")).id);
  fast.subscribe(1, (await fast.channel("Pixels")).id);
  await Promise.all([slow.callJson("topicGroups"), fast.callJson("topicGroups")]);
  slow.socket.pause();
  const memory = (): number => process.memoryUsage().arrayBuffers;
  const before = memory();
  let most = 0;
  const FRAMES = 400;
  for (let n = 1; n <= FRAMES; n++) {
    await queue.send(frame(n));
    await fast.until(`frame ${n}`, () => fast.received(1).length > 0);
    fast.received(1).length = 0;
    most = Math.max(most, memory() - before);
  }
  // 400 MB were shown. A few frames wait, and what the collector has not yet swept lies about.
  expect(most).toBeLessThan(150e6);
  slow.socket.resume();
  await slow.until("the newest", async () => {
    const last = slow.received(1).at(-1);
    if (!last) return false;
    return (await slow.read<{ sequenceNum: bigint }>("Pixels", last.payload)).sequenceNum === BigInt(FRAMES);
  });
  expect(slow.received(1).length).toBeLessThan(20);
});

test("whatever a client sends, the server goes on serving", async () => {
  await using remote = new RemoteConnection(FREE);
  await remote.addTopic("Events").send(json({ n: 1 }));
  const { webSocketUrl } = await remote.ready();
  const op = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .record({ op: fc.constantFrom("subscribe", "unsubscribe", "advertise", "getParameters", "x") })
      .map((o) => JSON.stringify(o)),
    fc
      .record({
        op: fc.constant("subscribe"),
        subscriptions: fc.array(fc.record({ id: fc.anything(), channelId: fc.anything() })),
      })
      .map((o) => JSON.stringify(o, (_, value) => (typeof value === "bigint" ? `${value}` : value)) ?? ""),
  );
  const frame = fc.uint8Array({ maxLength: 60 });
  const call = fc.uint8Array({ maxLength: 40 }).map((bytes) => new Uint8Array([2, ...bytes]));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(op, frame, call), { maxLength: 20 }), async (sent) => {
      await using client = await FoxgloveTestClient.connect(webSocketUrl);
      for (const each of sent) client.socket.send(each);
      expect(await client.callJson("topicGroups")).toEqual({ Events: "" });
    }),
    { seed: 20240601, numRuns: 100 },
  );
});

test("a client is told what was wrong with its message", async () => {
  await using remote = new RemoteConnection(FREE);
  await using client = await connect(remote);
  const say = async (text: string | Uint8Array): Promise<unknown> => {
    client.ops.length = 0;
    client.socket.send(text);
    return (await client.until("a status", () => client.op("status"))).message;
  };
  expect(await say("{")).toBe("expected a JSON object with an op, got text that is no JSON");
  expect(await say(JSON.stringify({ op: "subscribe", subscriptions: [{ id: 1, channelId: 77 }] }))).toBe(
    "expected a channel that was advertised, got 77",
  );
  expect(await say(JSON.stringify({ op: "subscribe", subscriptions: [{ id: -1, channelId: 1 }] }))).toMatch(
    /subscriptions\.0\.id is wrong/,
  );
  expect(await say(new Uint8Array([1, 2, 3]))).toBe("expected a service call, got another binary message");
});

test("a message of more than a megabyte ends the connection that it came by", async () => {
  await using remote = new RemoteConnection(FREE);
  await using client = await connect(remote);
  const closed = new Promise<number>((resolve) => client.socket.once("close", resolve));
  client.socket.send(new Uint8Array(1024 * 1024 + 1));
  expect(await closed).toBe(1009);
  await using another = await connect(remote);
  expect(await another.callJson("topicGroups")).toEqual({});
});

/** How a WebSocket is refused, as an HTTP status; `open` where it is not. */
function tryToConnect(url: string, headers: Record<string, string>, protocols = ["foxglove.websocket.v1"]) {
  return new Promise<number | "open">((resolve, reject) => {
    const socket = new WebSocket(url, protocols, { headers });
    socket.once("open", () => {
      resolve("open");
      socket.terminate();
    });
    socket.once("unexpected-response", (_, response) => {
      resolve(response.statusCode!);
      response.destroy();
    });
    socket.once("error", reject);
  });
}

test("pages of other sites are kept out, and so are names that were pointed here", async () => {
  await using remote = new RemoteConnection({ ...FREE, allowedOrigins: ["https://app.foxglove.dev"] });
  const { webSocketUrl, url, webSocketPort, httpPort } = await remote.ready();
  for (const address of [webSocketUrl, url!.replace("http", "ws")]) {
    expect(await tryToConnect(address, {})).toBe("open");
    expect(await tryToConnect(address, { Origin: url!.slice(0, -1) })).toBe("open");
    expect(await tryToConnect(address, { Origin: "https://app.foxglove.dev" })).toBe("open");
    expect(await tryToConnect(address, { Origin: "https://evil.example" })).toBe(403);
    expect(await tryToConnect(address, { Origin: `http://evil.example:${webSocketPort}`, Host: "evil.example" })).toBe(
      403,
    );
    expect(await tryToConnect(address, {}, ["another.protocol"])).toBe(400);
  }
  expect(await status(httpPort!, "/", { Host: "evil.example" })).toBe(403);
});

function status(port: number, path: string, headers: Record<string, string> = {}, method = "GET"): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path, headers, method }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    asked.on("error", reject).end();
  });
}

test("the page's server gives out the page and nothing else", async () => {
  await using remote = new RemoteConnection(FREE);
  const { url, httpPort, webSocketPort } = await remote.ready();
  const page = await fetch(url!);
  expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'self';/);
  expect(await page.text()).toContain("<title>Live view</title>");
  expect(await status(httpPort!, "/live/page/app.web.js")).toBe(200);
  for (const path of [
    "/live/remote-connection.node.js",
    "/live/page/../remote-connection.node.js",
    "/../package.json",
    "/live/page/%2e%2e/remote-connection.node.js",
    "//etc/passwd",
    "/live/page/nothing.js",
    "/live/page/",
  ]) {
    expect(await status(httpPort!, path)).toBe(404);
  }
  expect(await status(httpPort!, "/", {}, "POST")).toBe(405);
  expect(await status(webSocketPort, "/")).toBe(426);
});

test("a port that is taken is a conflict that says what to do, and leaves nothing open", async () => {
  await using first = new RemoteConnection(FREE);
  const { httpPort } = await first.ready();
  await using second = new RemoteConnection({ webSocketPort: 0, httpPort: httpPort! });
  const conflict = {
    code: "CONFLICT",
    message: `live view: port ${httpPort} of 127.0.0.1 is taken by another program`,
    hint: expect.stringContaining("httpPort; 0 takes a free one"),
  };
  await expect(second.ready()).rejects.toMatchObject(conflict);
  await expect(second.waitKey(1)).rejects.toMatchObject(conflict);
});

test("it lets go of its ports when it is disposed, whoever is connected", async () => {
  const first = new RemoteConnection(FREE);
  const { httpPort, webSocketPort } = await first.ready();
  await using client = await connect(first);
  const waiting = first.waitKey(0);
  await first[Symbol.asyncDispose]();
  expect(await waiting).toBe(-1);
  await using again = new RemoteConnection({ httpPort: httpPort!, webSocketPort });
  expect((await again.ready()).httpPort).toBe(httpPort);
  await client.until("the end", () => client.socket.readyState === WebSocket.CLOSED);
});

test("by default only this machine is served", async () => {
  await using remote = new RemoteConnection({ ...FREE, serveFrontend: false });
  const { webSocketUrl, url, httpPort } = await remote.ready();
  expect(webSocketUrl).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/$/);
  expect([url, httpPort]).toEqual([null, null]);
});
