import type { Buffer } from "./buffer.ts";
import { ImgDetections } from "./img-detections.ts";
import { ImgFrame } from "./img-frame.ts";
import type { ImgTransformation } from "./img-transformation.ts";
import { MessageGroup } from "./message-group.ts";
import { NNData } from "./nn-data.ts";

/** How the frame that a message is, or is about, came from the one that was captured; `null` where it says nothing. */
export function transformationOf(message: Buffer): ImgTransformation | null {
  if (message instanceof ImgFrame || message instanceof NNData || message instanceof ImgDetections) {
    return message.getTransformation();
  }
  if (!(message instanceof MessageGroup)) return null;
  for (const [, member] of message) {
    const found = transformationOf(member);
    if (found) return found;
  }
  return null;
}
