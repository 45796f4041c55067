import { ArcfaceError } from "../../errors.ts";
import type { EnumName, FieldSpec, FieldType, MessageName, Read, ScalarType } from "./message-types.ts";
import { ENUMS, MESSAGES } from "./messages.ts";

/** How a value lies in the bytes. */
const VARINT = 0;
const I64 = 1;
const LENGTH = 2;
const I32 = 5;

type Value = number | boolean | string | Uint8Array | object;
type Fields = { [field: string]: Value | Value[] | undefined };

const ZERO: Record<ScalarType, Value> = {
  int64: 0,
  uint32: 0,
  float: 0,
  bool: false,
  string: "",
  bytes: new Uint8Array(),
};

/**
 * A message of the table out of its protobuf bytes. Fields that the table lacks are passed over; `bytes` are views.
 *
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT where the bytes are no such message.
 */
export function readMessage<N extends MessageName>(name: N, bytes: Uint8Array): Read<N> {
  const reader = new Reader(bytes, name);
  const specs: Readonly<Record<string, FieldSpec>> = MESSAGES[name];
  const byNumber = new Map(Object.entries(specs).map(([field, [number, type]]) => [number, { field, type }]));
  const message: Fields = {};
  for (const [field, [, type]] of Object.entries(specs)) message[field] = emptyOf(type);
  while (!reader.done) {
    const tag = reader.varint();
    const wireType = tag % 8;
    const known = byNumber.get((tag - wireType) / 8);
    if (!known) reader.skip(wireType);
    else if (known.type.endsWith("[]")) reader.items(itemOf(known.type), wireType, message[known.field] as Value[]);
    else message[known.field] = reader.value(itemOf(known.type), wireType);
  }
  return message as Read<N>;
}

function emptyOf(type: FieldSpec[1]): Value | Value[] | undefined {
  if (type.endsWith("[]")) return [];
  if (type in MESSAGES) return undefined;
  return type in ENUMS ? 0 : ZERO[type as ScalarType];
}

function itemOf(type: FieldSpec[1]): FieldType {
  return type.replace("[]", "") as FieldType;
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #name: string;
  #at = 0;

  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#name = name;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Unsigned, or of two's complement where ten bytes long, as negative int64s are. */
  varint(): number {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#take(1)]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, value));
    }
    throw this.#damaged("a number of more than ten bytes");
  }

  value(type: FieldType, wireType: number): Value {
    const expected = type === "float" ? I32 : isVarint(type) ? VARINT : LENGTH;
    if (wireType !== expected) throw this.#damaged(`wire type ${wireType} for a ${type}`);
    if (type === "float") return this.#view.getFloat32(this.#take(4), true);
    if (type === "bool") return this.varint() !== 0;
    if (isVarint(type)) return this.varint();
    const bytes = this.#lengthPrefixed();
    if (type === "bytes") return bytes;
    return type === "string" ? new TextDecoder().decode(bytes) : readMessage(type as MessageName, bytes);
  }

  /** One of a repeated field, or many of them in a run, as numbers may be. */
  items(type: FieldType, wireType: number, into: Value[]): void {
    const isNumber = type === "float" || isVarint(type);
    if (!isNumber || wireType !== LENGTH) {
      into.push(this.value(type, wireType));
      return;
    }
    const run = new Reader(this.#lengthPrefixed(), this.#name);
    while (!run.done) into.push(run.value(type, type === "float" ? I32 : VARINT));
  }

  skip(wireType: number): void {
    if (wireType === VARINT) this.varint();
    else if (wireType === LENGTH) this.#lengthPrefixed();
    else if (wireType === I32) this.#take(4);
    else if (wireType === I64) this.#take(8);
    else throw this.#damaged(`wire type ${wireType}`);
  }

  #lengthPrefixed(): Uint8Array {
    const length = this.varint();
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** @returns where they start. */
  #take(count: number): number {
    const start = this.#at;
    if (count < 0 || start + count > this.#bytes.length) throw this.#damaged(`an end ${count} bytes too early`);
    this.#at += count;
    return start;
  }

  #damaged(got: string): ArcfaceError {
    return new ArcfaceError("UNSUPPORTED_FORMAT", `${this.#name}: expected protobuf, got ${got} at byte ${this.#at}`);
  }
}

function isVarint(type: FieldType): boolean {
  return type === "int64" || type === "uint32" || type === "bool" || (type as EnumName) in ENUMS;
}
