import * as z from "zod";
import { ArcfaceError } from "../errors.ts";
import type { Homography } from "../geometry/homography.ts";
import { Buffer, type MessageType, type Stamps } from "./messages/buffer.ts";
import { ImgFrame } from "./messages/img-frame.ts";
import { ImgFrameType, type ImgFrameTypeName } from "./messages/img-frame-type.ts";
import { ImgTransformation } from "./messages/img-transformation.ts";
import { MessageGroup } from "./messages/message-group.ts";
import { NNData } from "./messages/nn-data.ts";
import { StorageOrder, TensorDataType, TensorInfo } from "./messages/tensor-info.ts";

/** How a class of messages becomes JSON and bytes, and comes back equal; stamps are taken care of. */
export interface MessageCodec<T extends Buffer = Buffer> {
  /** What recordings call the class. */
  readonly name: string;
  /** Exactly this class: a derived one needs a codec of its own. */
  readonly type: MessageType<T>;
  /** @returns what JSON can hold. */
  encode(message: T): { readonly fields: unknown; readonly data: Uint8Array };
  /** @param fields as read, unchecked. @throws {ArcfaceError} UNSUPPORTED_FORMAT */
  decode(fields: unknown, data: Uint8Array, stamps: Stamps): T;
}

export type EncodedMessage = { readonly meta: z.infer<typeof metaSchema>; readonly data: Uint8Array };

const metaSchema = z.object({
  codec: z.string(),
  stamps: z.object({ timestamp: z.number(), timestampDevice: z.number(), sequenceNum: z.number() }),
  fields: z.unknown(),
});

const transformationSchema = z.object({
  source: z.tuple([z.number(), z.number()]),
  size: z.tuple([z.number(), z.number()]),
  matrix: z.array(z.number()).length(9),
});

const frameSchema = z.object({
  type: z.enum(Object.keys(ImgFrameType) as [ImgFrameTypeName, ...ImgFrameTypeName[]]),
  width: z.number(),
  height: z.number(),
  stride: z.number(),
  transformation: transformationSchema,
});

const tensorSchema = z.object({
  name: z.string(),
  dataType: z.enum(Object.keys(TensorDataType) as [TensorDataType, ...TensorDataType[]]),
  dims: z.array(z.number()),
  order: z.enum(Object.keys(StorageOrder) as [StorageOrder, ...StorageOrder[]]),
  strides: z.array(z.number()),
  offset: z.number(),
  quantization: z.boolean(),
  qpScale: z.number(),
  qpZp: z.number(),
});

const nnDataSchema = z.object({
  batchSize: z.number(),
  tensors: z.array(tensorSchema),
  transformation: transformationSchema.nullable(),
});

const groupSchema = z.array(z.object({ name: z.string(), byteLength: z.number(), meta: metaSchema }));

const bufferCodec: MessageCodec = {
  name: "Buffer",
  type: Buffer,
  encode: (message) => ({ fields: null, data: message.getData() }),
  decode: (_, data, stamps) => new Buffer(data, stamps),
};

const frameCodec: MessageCodec<ImgFrame> = {
  name: "ImgFrame",
  type: ImgFrame,
  encode(frame) {
    const [type, width, height, stride] = [frame.getType(), frame.getWidth(), frame.getHeight(), frame.getStride()];
    const transformation = plainTransformation(frame.getTransformation());
    return { fields: { type, width, height, stride, transformation }, data: frame.getData() };
  },
  decode(fields, data, stamps) {
    const { transformation, ...rest } = parse(frameSchema, fields, "ImgFrame");
    return new ImgFrame({ ...rest, data, transformation: toTransformation(transformation) }, stamps);
  },
};

const nnDataCodec: MessageCodec<NNData> = {
  name: "NNData",
  type: NNData,
  encode(message) {
    const transformation = message.getTransformation();
    const fields = {
      batchSize: message.batchSize,
      tensors: message.getAllLayers().map((info) => ({ ...info })),
      transformation: transformation && plainTransformation(transformation),
    };
    return { fields, data: message.getData() };
  },
  decode(fields, data, stamps) {
    const { batchSize, tensors, transformation } = parse(nnDataSchema, fields, "NNData");
    const infos = tensors.map((info) => new TensorInfo(info));
    const way = transformation && toTransformation(transformation);
    return new NNData({ data, tensors: infos, batchSize, transformation: way }, stamps);
  },
};

/** Codecs by the class and by the name; those that are given come before our own. */
export class MessageCodecs {
  readonly #codecs: readonly MessageCodec[];

  constructor(given: readonly MessageCodec[] = []) {
    this.#codecs = [...given, this.#groupCodec(), frameCodec as MessageCodec, nnDataCodec as MessageCodec, bufferCodec];
  }

  /** @throws {ArcfaceError} UNSUPPORTED_FORMAT where the class has no codec. */
  encode(message: Buffer): EncodedMessage {
    const codec = this.#codecs.find(({ type }) => type === message.constructor);
    if (!codec) throw unknown(message.constructor.name);
    const { fields, data } = codec.encode(message);
    const stamps = {
      timestamp: message.getTimestamp(),
      timestampDevice: message.getTimestampDevice(),
      sequenceNum: message.getSequenceNum(),
    };
    return { meta: { codec: codec.name, stamps, fields }, data };
  }

  /** @throws {ArcfaceError} UNSUPPORTED_FORMAT where it is not what a codec wrote. */
  decode(meta: unknown, data: Uint8Array): Buffer {
    const { codec: name, stamps, fields } = parse(metaSchema, meta, "message");
    const codec = this.#codecs.find((other) => other.name === name);
    if (!codec) throw unknown(name);
    return codec.decode(fields, data, stamps);
  }

  #groupCodec(): MessageCodec<MessageGroup> {
    return {
      name: "MessageGroup",
      type: MessageGroup,
      encode: (group) => {
        const parts = [...group].map(([name, message]) => ({ name, ...this.encode(message) }));
        const fields = parts.map(({ name, meta, data }) => ({ name, meta, byteLength: data.length }));
        return { fields, data: concat(parts.map(({ data }) => data)) };
      },
      decode: (fields, data, stamps) => {
        const group = new MessageGroup([], stamps);
        let at = 0;
        for (const { name, meta, byteLength } of parse(groupSchema, fields, "MessageGroup")) {
          group.add(name, this.decode(meta, data.subarray(at, at + byteLength)));
          at += byteLength;
        }
        return group;
      },
    };
  }
}

function plainTransformation(way: ImgTransformation): z.infer<typeof transformationSchema> {
  return { source: [...way.getSourceSize()], size: [...way.getSize()], matrix: [...way.getMatrix()] };
}

function toTransformation({ source, size, matrix }: z.infer<typeof transformationSchema>): ImgTransformation {
  return new ImgTransformation(...source, matrix as unknown as Homography, ...size);
}

function parse<Shape extends z.ZodType>(shape: Shape, value: unknown, what: string): z.infer<Shape> {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new ArcfaceError("UNSUPPORTED_FORMAT", `recording: ${what}.${path.join(".")}: ${message}`);
}

function unknown(name: string): ArcfaceError {
  return new ArcfaceError("UNSUPPORTED_FORMAT", `recording: no codec for messages of class ${name}`, {
    hint: "pass one in the option `codecs`, to the recording and to the replay",
  });
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
