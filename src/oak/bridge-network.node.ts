import * as z from "zod";
import { ArcfaceError, expected } from "../errors.ts";
import { asPixelType, type PixelType } from "../image/pixel-types.ts";
import type { NNArchive } from "../nn-archive/nn-archive.ts";
import type { DeviceNetwork } from "../pipeline/device.ts";
import type { Buffer } from "../pipeline/messages/buffer.ts";
import { ImgFrame } from "../pipeline/messages/img-frame.ts";
import { NNData } from "../pipeline/messages/nn-data.ts";
import { StorageOrder, TensorDataType, TensorInfo } from "../pipeline/messages/tensor-info.ts";
import type { BridgeProcess } from "./bridge-process.node.ts";

/** Frames in one request: the device works on one while the next is under way. */
const MAX_BATCH = 4;

const answersSchema = z.object({
  answers: z.array(
    z.object({
      byteLength: z.number(),
      tensors: z.array(
        z.object({
          name: z.string(),
          dataType: z.enum(Object.keys(TensorDataType) as [TensorDataType, ...TensorDataType[]]),
          order: z.enum(Object.keys(StorageOrder) as [StorageOrder, ...StorageOrder[]]),
          dims: z.array(z.number()),
          strides: z.array(z.number()),
          offset: z.number(),
          quantization: z.boolean(),
          qpScale: z.number(),
          qpZp: z.number(),
        }),
      ),
    }),
  ),
});

/** A network that is open on a device. */
export function bridgeNetwork(
  bridge: BridgeProcess,
  network: number,
  archive: NNArchive,
  platform: string,
): DeviceNetwork {
  const type = pixelTypeOf(archive, platform);
  return {
    maxBatch: MAX_BATCH,
    async infer(messages) {
      const frames = messages.map((message) => toFrame(message, archive, type));
      const headers = frames.map((frame) => ({
        kind: frame.getType(),
        width: frame.getWidth(),
        height: frame.getHeight(),
        stride: frame.getStride(),
        byteLength: frame.getData().length,
      }));
      const bodies = frames.map((frame) => frame.getData());
      const { header, body } = await bridge.request({ type: "infer", network, frames: headers }, bodies);
      const answers = answersOf(header, body, archive.name);
      if (answers.length === messages.length) return answers;
      const what = `${messages.length} answers, got ${answers.length}`;
      throw new ArcfaceError("UNSUPPORTED_FORMAT", `${archive.name}: expected ${what} of the device`);
    },
    async [Symbol.asyncDispose]() {
      // One that is gone needs no closing.
      await bridge.request({ type: "close", network }).catch(() => {});
    },
  };
}

/** What the network takes, as DepthAI chooses: the archive's word, or BGR as the platform likes it. */
function pixelTypeOf(archive: NNArchive, platform: string): PixelType {
  const [input] = archive.getConfig().model.inputs;
  const told = input?.preprocessing.dai_type;
  return told ? asPixelType(archive.name, told) : platform === "RVC4" ? "BGR888i" : "BGR888p";
}

function toFrame(message: Buffer, archive: NNArchive, type: PixelType): ImgFrame {
  if (!(message instanceof ImgFrame)) {
    const got = message.constructor.name;
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${archive.name}: expected frames for an OAK device, got ${got}`);
  }
  const size = archive.getInputSize();
  const [width, height] = [message.getWidth(), message.getHeight()];
  if (size && (width !== size[0] || height !== size[1])) {
    throw expected(archive.name, `frames of ${size[0]}×${size[1]}`, `${width}×${height}`);
  }
  return message.getType() === type ? message : ImgFrame.fromImage(message.getImage(), {}, { type });
}

function answersOf(header: unknown, body: Uint8Array, name: string): NNData[] {
  const parsed = answersSchema.safeParse(header);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: the device answered with ${path.join(".")}: ${message}`);
  }
  let at = 0;
  return parsed.data.answers.map(({ tensors, byteLength }) => {
    const data = body.slice(at, at + byteLength);
    at += byteLength;
    return new NNData({ data, tensors: tensors.map((tensor) => new TensorInfo(tensor)) });
  });
}
