import type { Buffer as Message, MessageType } from "../pipeline/messages/buffer.ts";
import { ImgDetections } from "../pipeline/messages/img-detections.ts";
import { ImgFrame } from "../pipeline/messages/img-frame.ts";
import { Tracklets } from "../pipeline/messages/tracklets.ts";
import { ProtoWriter } from "./descriptors.ts";
import type { ChannelOptions } from "./foxglove-server.node.ts";
import { ImgAnnotations } from "./img-annotations.ts";
import { encodeJpeg } from "./jpeg.node.ts";
import { encodedFrame, imgAnnotations, imgDetections, imgFrame, tracklets } from "./to-proto.ts";
import type { MessageName, Written } from "./wire/message-types.ts";

/** How messages of one class go out. */
export type WireForm = {
  readonly channel: Omit<ChannelOptions, "topic">;
  /** A promise where it takes its time beside the program's thread: then only the newest is worth the time. */
  write(message: Message): Uint8Array | Promise<Uint8Array>;
};

/** Messages that wait at most for a slow client, as DepthAI sets them: pictures, and what is drawn over them. */
const FRAME_LIMIT = 3;
const OVERLAY_LIMIT = 5;
/** Events are small, and none should be missed: so many are kept for who comes later, too. */
const EVENT_LIMIT = 100;

/** The form that each class of messages takes on the wire. */
export class WireForms {
  readonly #proto = new ProtoWriter();
  readonly #picture: WireForm;
  readonly #forms: readonly (readonly [MessageType, WireForm])[];

  /** @param jpegQuality 1–100. */
  constructor(jpegQuality: number) {
    this.#picture = {
      channel: this.#channel("encoded_frame.EncodedFrame", FRAME_LIMIT),
      write: async (message) => {
        const frame = message as ImgFrame;
        const jpeg = await encodeJpeg(frame.getImage(), jpegQuality);
        return this.#proto.write("encoded_frame.EncodedFrame", encodedFrame(frame, jpeg, jpegQuality));
      },
    };
    this.#forms = [
      [ImgFrame, this.#form("img_frame.ImgFrame", FRAME_LIMIT, (m: ImgFrame) => imgFrame(m))],
      [ImgDetections, this.#form("img_detections.ImgDetections", OVERLAY_LIMIT, imgDetections)],
      [Tracklets, this.#form("img_detections.ImgDetections", OVERLAY_LIMIT, tracklets)],
      [ImgAnnotations, this.#form("image_annotations.ImageAnnotations", OVERLAY_LIMIT, imgAnnotations)],
    ];
  }

  /** @param visualize pictures compressed. @returns `null` where messages of this class have none. */
  of(message: Message, visualize: boolean): WireForm | null {
    if (visualize && message instanceof ImgFrame) return this.#picture;
    const form = this.#forms.find(([type]) => message instanceof type)?.[1];
    return form ?? (isJson(message.getData()) ? JSON_FORM : null);
  }

  #form<N extends MessageName, M extends Message>(
    name: N,
    limit: number,
    convert: (message: M) => Written<N>,
  ): WireForm {
    return {
      channel: this.#channel(name, limit),
      write: (message) => this.#proto.write(name, convert(message as M)),
    };
  }

  #channel(name: MessageName, limit: number): WireForm["channel"] {
    return { encoding: "protobuf", ...this.#proto.schema(name), limit };
  }
}

/** Any other message whose bytes are JSON, as UTF-8: an event. */
const JSON_FORM: WireForm = {
  channel: { encoding: "json", schemaName: "", schema: "", limit: EVENT_LIMIT, keep: EVENT_LIMIT },
  write: (message) => message.getData(),
};

function isJson(data: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(data));
    return true;
  } catch {
    return false;
  }
}
