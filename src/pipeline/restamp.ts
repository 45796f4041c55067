import type { Buffer, Stamps } from "./messages/buffer.ts";
import { ImgFrame } from "./messages/img-frame.ts";
import { NNData } from "./messages/nn-data.ts";

/** A message like it with other stamps, over the same bytes; of kinds other than frames and tensors the message itself. */
export function restamp(message: Buffer, stamps: Stamps): Buffer {
  if (message instanceof ImgFrame) {
    return new ImgFrame(
      {
        type: message.getType(),
        width: message.getWidth(),
        height: message.getHeight(),
        stride: message.getStride(),
        data: message.getData(),
        transformation: message.getTransformation(),
      },
      stamps,
    );
  }
  if (!(message instanceof NNData)) return message;
  return new NNData(
    {
      data: message.getData(),
      tensors: message.getAllLayers(),
      batchSize: message.batchSize,
      transformation: message.getTransformation(),
    },
    stamps,
  );
}
