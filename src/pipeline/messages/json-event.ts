import { Buffer, type Stamps } from "./buffer.ts";

/** Something that happened, as JSON in UTF-8: one object a message. */
export class JsonEvent<T extends object = object> extends Buffer {
  readonly value: T;

  constructor(value: T, stamps: Stamps = {}) {
    super(new TextEncoder().encode(JSON.stringify(value)), stamps);
    this.value = value;
  }
}
