import { ArcfaceError } from "../errors.ts";
import type { ValueInfo } from "../host/host.ts";
import { resize } from "../image/collage.ts";
import type { Image } from "../image/image.ts";
import { imagesToTensor, type PixelFormat } from "../image/to-tensor.ts";
import { castTensor } from "../tensor/cast.ts";
import { sizeOf, type Tensor } from "../tensor/tensor.ts";
import type { Buffer } from "./messages/buffer.ts";
import { ImgFrame } from "./messages/img-frame.ts";
import { MessageGroup } from "./messages/message-group.ts";
import { NNData } from "./messages/nn-data.ts";

/** An input of a network: the graph's own word, and how pixels are fed to it. */
export type FeedInput = ValueInfo & {
  /** `null`: it takes tensors only. */
  readonly pixels: (PixelFormat & { readonly width: number; readonly height: number }) | null;
};

/**
 * The tensors that a network is run on.
 *
 * @param name what errors call the network.
 * @param messages one a place of the batch: frames, which are stretched to the input's size where they have another;
 *   NNData with a layer an input; groups of these by the input's name.
 * @throws {ArcfaceError} MODEL_MISMATCH where a message has nothing for an input.
 */
export function feedsOf(
  name: string,
  inputs: readonly FeedInput[],
  messages: readonly Buffer[],
): Record<string, Tensor> {
  return Object.fromEntries(
    inputs.map((input) => {
      const parts = messages.map((message) => partFor(name, input, inputs, message));
      return [input.name, join(name, input, parts)];
    }),
  );
}

type Part = Image | Tensor;
const isImage = (part: Part): part is Image => "width" in part;

function partFor(name: string, input: FeedInput, inputs: readonly FeedInput[], message: Buffer): Part {
  const own = message instanceof MessageGroup ? message.get(input.name) : message;
  if (own instanceof NNData && own.hasLayer(input.name)) return own.getTensor(input.name);
  const isAlone = inputs.length === 1 || message instanceof MessageGroup;
  if (own instanceof ImgFrame && input.pixels && isAlone) return fitted(own.getImage(), input.pixels);
  const names = inputs.map((one) => one.name).join(", ");
  throw new ArcfaceError(
    "MODEL_MISMATCH",
    `${name}: expected ${input.pixels ? "a frame or " : ""}a tensor for ${input.name}, got ${wordsFor(own)}`,
    inputs.length === 1
      ? {}
      : { hint: `the network has the inputs ${names}: send a MessageGroup, or link the node's inputs by name` },
  );
}

function fitted(image: Image, { width, height }: { width: number; height: number }): Image {
  return image.width === width && image.height === height ? image : resize(image, width, height);
}

function wordsFor(message: Buffer | null): string {
  if (message === null) return "nothing of that name";
  if (message instanceof NNData) return `NNData with ${message.getAllLayerNames().join(", ") || "no layers"}`;
  return `a message of ${message.constructor.name}`;
}

function join(name: string, input: FeedInput, parts: readonly Part[]): Tensor {
  const images = parts.filter(isImage);
  if (images.length === parts.length) return castTensor(imagesToTensor(images, input.pixels!), input.dtype);
  const tensors = parts.map((part) =>
    castTensor(isImage(part) ? imagesToTensor([part], input.pixels!) : withBatchAxis(part, input), input.dtype),
  );
  return tensors.length === 1 ? tensors[0]! : stack(name, input, tensors);
}

/** A tensor of one axis less than the graph's is one without the batch's. */
function withBatchAxis(tensor: Tensor, { shape }: FeedInput): Tensor {
  return tensor.shape.length === shape.length - 1 ? { ...tensor, shape: [1, ...tensor.shape] } : tensor;
}

/** Along the first axis. */
function stack(name: string, input: FeedInput, tensors: readonly Tensor[]): Tensor {
  const [first] = tensors as [Tensor];
  const rest = first.shape.slice(1);
  const odd = tensors.find(({ shape }) => shape[0] !== 1 || shape.slice(1).join() !== rest.join());
  if (odd) {
    throw new ArcfaceError(
      "MODEL_MISMATCH",
      `${name}: expected tensors of [1, ${rest.join(", ")}] for ${input.name}, got [${odd.shape.join(", ")}]`,
    );
  }
  const size = sizeOf(rest);
  // All were cast to one type.
  const data = new (first.data.constructor as Float32ArrayConstructor)(tensors.length * size);
  for (const [i, tensor] of tensors.entries()) data.set(tensor.data as Float32Array, i * size);
  return { dtype: first.dtype, shape: [tensors.length, ...rest], data };
}
