import type { ENUMS, MESSAGES } from "./messages.ts";

export type MessageName = keyof typeof MESSAGES;

export type EnumName = keyof typeof ENUMS;

export type ScalarType = "int64" | "uint32" | "float" | "bool" | "string" | "bytes";

/** A type without its `[]`. */
export type FieldType = ScalarType | EnumName | MessageName;

/** A field as the table has it: its number and its type. */
export type FieldSpec = readonly [number: number, type: FieldType | `${FieldType}[]`];

/** A message as read: nothing is missing but messages within. 64-bit numbers are plain ones, exact up to 2⁵³. */
export type Read<N extends MessageName> = {
  readonly [F in keyof (typeof MESSAGES)[N]]: ReadField<SpecType<(typeof MESSAGES)[N][F]>>;
};

/** A message to write: what is left out is 0, empty or absent. 64-bit numbers are bigints. */
export type Written<N extends MessageName> = {
  readonly [F in keyof (typeof MESSAGES)[N]]?: WrittenField<SpecType<(typeof MESSAGES)[N][F]>>;
};

type SpecType<S> = S extends readonly [number, infer T] ? T : never;

type ReadField<T> = T extends `${infer Item}[]`
  ? readonly ReadItem<Item>[]
  : T extends MessageName
    ? Read<T> | undefined
    : ReadItem<T>;

type ReadItem<T> = T extends MessageName ? Read<T> : T extends "int64" ? number : Plain<T>;

type WrittenField<T> = T extends `${infer Item}[]` ? readonly WrittenItem<Item>[] : WrittenItem<T>;

type WrittenItem<T> = T extends MessageName ? Written<T> : T extends "int64" ? bigint : Plain<T>;

type Plain<T> = T extends "string" ? string : T extends "bytes" ? Uint8Array : T extends "bool" ? boolean : number;
