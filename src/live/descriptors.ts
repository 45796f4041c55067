import { create, createFileRegistry, type DescMessage, type FileRegistry, toBinary } from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import type { FieldSpec, MessageName, ScalarType, Written } from "./wire/message-types.ts";
import { ENUMS, FILES, MESSAGES, PACKAGE } from "./wire/messages.ts";

type FileName = keyof typeof FILES;

const SCALARS: Record<ScalarType, Type> = {
  int64: Type.INT64,
  uint32: Type.UINT32,
  float: Type.FLOAT,
  bool: Type.BOOL,
  string: Type.STRING,
  bytes: Type.BYTES,
};

/** Writes messages of the table in wire/messages.ts, and describes them to who reads them. */
export class ProtoWriter {
  readonly #files: ReadonlyMap<FileName, FileDescriptorProto>;
  readonly #registry: FileRegistry;

  constructor() {
    this.#files = new Map((Object.keys(FILES) as FileName[]).map((file) => [file, describeFile(file)]));
    this.#registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [...this.#files.values()] }));
  }

  /** As a channel advertises it: the full name, and the files that it needs as a FileDescriptorSet in base64. */
  schema(name: MessageName): { readonly schemaName: string; readonly schema: string } {
    const file = packageOf(name);
    const needed = new Set<FileName>(["common", file]);
    const set = create(FileDescriptorSetSchema, { file: [...needed].map((each) => this.#files.get(each)!) });
    return { schemaName: PACKAGE + name, schema: toBase64(toBinary(FileDescriptorSetSchema, set)) };
  }

  write<N extends MessageName>(name: N, message: Written<N>): Uint8Array {
    const schema = this.#registry.getMessage(PACKAGE + name) as DescMessage;
    return toBinary(schema, create(schema, message));
  }
}

function describeFile(file: FileName): FileDescriptorProto {
  const isHere = ([name]: [string, unknown]): boolean => packageOf(name) === file;
  return create(FileDescriptorProtoSchema, {
    name: FILES[file],
    package: PACKAGE + file,
    syntax: "proto3",
    dependency: file === "common" ? [] : [FILES.common],
    messageType: Object.entries(MESSAGES)
      .filter(isHere)
      .map(([name, fields]) => ({ name: lastOf(name), field: Object.entries(fields).map(describeField) })),
    enumType: Object.entries(ENUMS)
      .filter(isHere)
      .map(([name, values]) => ({
        name: lastOf(name),
        value: values.map((value, number) => ({ name: value, number })),
      })),
  });
}

function describeField([name, [number, type]]: [string, FieldSpec]) {
  const item = type.replace("[]", "");
  const scalar = SCALARS[item as ScalarType] as Type | undefined;
  return {
    name,
    jsonName: name,
    number,
    label: type.endsWith("[]") ? Label.REPEATED : Label.OPTIONAL,
    type: scalar ?? (item in ENUMS ? Type.ENUM : Type.MESSAGE),
    ...(scalar === undefined ? { typeName: `.${PACKAGE}${item}` } : {}),
  };
}

function packageOf(name: string): FileName {
  return name.split(".")[0] as FileName;
}

function lastOf(name: string): string {
  return name.split(".").at(-1)!;
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
