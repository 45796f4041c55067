import { HostNode, type HostNodeAnswer } from "./host-node.ts";
import type { Input } from "./input.ts";
import { Buffer } from "./messages/buffer.ts";
import { ImageManipConfig } from "./messages/image-manip-config.ts";
import { ImgDetection } from "./messages/img-detection.ts";
import { ImgDetections } from "./messages/img-detections.ts";
import { ImgFrame } from "./messages/img-frame.ts";
import { NNData } from "./messages/nn-data.ts";
import { BenchmarkIn } from "./nodes/benchmark-in.ts";
import { BenchmarkOut } from "./nodes/benchmark-out.ts";
import { GatherData } from "./nodes/gather-data.ts";
import { ImageManip } from "./nodes/image-manip.ts";
import { NeuralNetwork } from "./nodes/neural-network.ts";
import { EmbeddingsParser } from "./nodes/parsers/embeddings-parser.ts";
import { Sync } from "./nodes/sync.ts";
import type { Pipeline } from "./pipeline.ts";
import { fakeDevice, fakeNetwork } from "./testing/fake-device.ts";
import { meansArchive } from "./testing/networks.ts";
import { nodeConforms } from "./testing/node-conformance.ts";
import { Relay } from "./testing/nodes.ts";

const stamps = (i: number) => ({ timestamp: 1000 + 40 * i, timestampDevice: 900 + 40 * i, sequenceNum: i });
const plain = (i: number) => new Buffer(Uint8Array.of(i), stamps(i));
const frame = (i: number) =>
  ImgFrame.fromImage({ width: 16, height: 12, data: Uint8Array.from({ length: 576 }, (_, k) => k + i) }, stamps(i));
const tensor = (i: number) => new NNData({}, stamps(i)).addTensor("output", Float32Array.of(i, 1, 2));
const oneFace = (i: number) =>
  new ImgDetections([new ImgDetection({ confidence: 0.9, xmax: 0.5, ymax: 0.5 })], stamps(i));

const feed = (input: unknown, message: (i: number) => Buffer) => ({ input: input as Input, message });

nodeConforms("a relay", (pipeline) => {
  const relay = pipeline.create(Relay);
  return { nodes: [relay], feeds: [feed(relay.input, plain)] };
});

class Pair extends HostNode {
  override process(a: Buffer, b: Buffer): HostNodeAnswer {
    return new Buffer(Uint8Array.of(a.getSequenceNum(), b.getSequenceNum())).setStampsOf(a);
  }
}

nodeConforms("a HostNode of two inputs", (pipeline) => {
  const [a, b] = [pipeline.create(Relay), pipeline.create(Relay)];
  const pair = pipeline.create(Pair).linkArgs(a.out, b.out);
  return { nodes: [pair], feeds: [feed(a.input, plain), feed(b.input, plain)] };
});

nodeConforms("Sync", (pipeline) => {
  const sync = pipeline.create(Sync);
  return { nodes: [sync], feeds: ["left", "right"].map((name) => feed(sync.inputs.get(name), plain)) };
});

nodeConforms("GatherData", (pipeline) => {
  const gather = pipeline.create(GatherData).build(25);
  return { nodes: [gather], feeds: [feed(gather.inputReference, oneFace), feed(gather.inputData, tensor)] };
});

nodeConforms("ImageManip", (pipeline) => {
  const manip = pipeline.create(ImageManip);
  manip.initialConfig.setOutputSize(8, 6, "STRETCH");
  return { nodes: [manip], feeds: [feed(manip.inputImage, frame)] };
});

nodeConforms("ImageManip that waits for configurations", (pipeline) => {
  const manip = pipeline.create(ImageManip);
  manip.inputConfig.setWaitForMessage(true);
  const config = (i: number) => new ImageManipConfig(stamps(i)).addCrop(1, 1, 8, 6);
  return { nodes: [manip], feeds: [feed(manip.inputImage, frame), feed(manip.inputConfig, config)] };
});

nodeConforms("EmbeddingsParser", (pipeline) => {
  const parser = pipeline.create(EmbeddingsParser);
  parser.setOutputLayerNames("output");
  return { nodes: [parser], feeds: [feed(parser.input, tensor)] };
});

nodeConforms("BenchmarkIn", (pipeline) => {
  const benchmark = pipeline.create(BenchmarkIn);
  return { nodes: [benchmark], feeds: [feed(benchmark.input, plain)] };
});

nodeConforms(
  "BenchmarkOut",
  (pipeline) => {
    const benchmark = pipeline.create(BenchmarkOut).setFps(100).setNumMessagesToSend(4);
    return { nodes: [benchmark], feeds: [feed(benchmark.input, plain)] };
  },
  { stampsAnew: true },
);

const network = fakeNetwork(async (messages) => {
  await new Promise((resolve) => setTimeout(resolve, 2));
  return messages.map(() => new NNData().addTensor("means", Float32Array.of(1)));
}, 2);

nodeConforms(
  "NeuralNetwork",
  (pipeline: Pipeline) => {
    const nn = pipeline.create(NeuralNetwork).setNNArchive(meansArchive());
    return { nodes: [nn], feeds: [feed(nn.input, frame)] };
  },
  { device: fakeDevice({ openNetwork: async () => network }) },
);
