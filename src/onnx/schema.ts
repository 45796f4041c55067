/** The only file that knows the protobuf library and the code generated from onnx.proto. */
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  NodeProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from "onnx-buf";

export type { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto } from "onnx-buf";
export {
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
};

export const createAttribute = (init: MessageInitShape<typeof AttributeProtoSchema>) =>
  create(AttributeProtoSchema, init);
export const createModel = (init: MessageInitShape<typeof ModelProtoSchema>) => create(ModelProtoSchema, init);
export const createNode = (init: MessageInitShape<typeof NodeProtoSchema>) => create(NodeProtoSchema, init);
export const createTensor = (init: MessageInitShape<typeof TensorProtoSchema>) => create(TensorProtoSchema, init);
export const createEntry = (key: string, value: string) => create(StringStringEntryProtoSchema, { key, value });
export const createValueInfo = (init: MessageInitShape<typeof ValueInfoProtoSchema>) =>
  create(ValueInfoProtoSchema, init);

/**
 * A shallow copy with some fields changed; the rest is shared. Spreading a message would lose the fields' defaults,
 * which live on its prototype.
 */
export function change<M extends object>(message: M, changes: Partial<M>): M {
  return Object.assign(Object.create(Object.getPrototypeOf(message)), message, changes);
}

/** Throws the library's own error where the bytes are no protobuf; tensors' raw data are views of `bytes`. */
export const readModel = (bytes: Uint8Array): ModelProto => fromBinary(ModelProtoSchema, bytes);
export const writeModel = (model: ModelProto): Uint8Array => toBinary(ModelProtoSchema, model);
