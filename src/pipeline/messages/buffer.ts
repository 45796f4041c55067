/** What every message carries beside its contents. */
export type Stamps = {
  /** Milliseconds of the pipeline's clock: when the frame that this stems from was captured. */
  readonly timestamp?: number;
  /** The same by the device's own clock; of a device that has none, the same number. */
  readonly timestampDevice?: number;
  /** Counts the frames of a source from 0. */
  readonly sequenceNum?: number;
};

/**
 * What flows through a pipeline: bytes, with a timestamp and a sequence number that every node passes on. All other
 * messages are kinds of it. A message may reach several nodes at once, so whoever receives one does not change it.
 */
export class Buffer {
  #data: Uint8Array;
  #timestamp: number;
  #timestampDevice: number;
  #sequenceNum: number;

  constructor(
    data: Uint8Array = new Uint8Array(),
    { timestamp = 0, timestampDevice = timestamp, sequenceNum = 0 }: Stamps = {},
  ) {
    this.#data = data;
    this.#timestamp = timestamp;
    this.#timestampDevice = timestampDevice;
    this.#sequenceNum = sequenceNum;
  }

  getData(): Uint8Array {
    return this.#data;
  }

  setData(data: Uint8Array): this {
    this.#data = data;
    return this;
  }

  /** Milliseconds of the pipeline's clock. */
  getTimestamp(): number {
    return this.#timestamp;
  }

  setTimestamp(milliseconds: number): this {
    this.#timestamp = milliseconds;
    return this;
  }

  /** Milliseconds of the device's clock. */
  getTimestampDevice(): number {
    return this.#timestampDevice;
  }

  setTimestampDevice(milliseconds: number): this {
    this.#timestampDevice = milliseconds;
    return this;
  }

  getSequenceNum(): number {
    return this.#sequenceNum;
  }

  setSequenceNum(sequenceNum: number): this {
    this.#sequenceNum = sequenceNum;
    return this;
  }

  /** Take over another message's timestamps and sequence number. */
  setStampsOf(other: Buffer): this {
    return this.setTimestamp(other.getTimestamp())
      .setTimestampDevice(other.getTimestampDevice())
      .setSequenceNum(other.getSequenceNum());
  }
}

/** A class of messages: what inputs and outputs say they carry. */
export type MessageType<T extends Buffer = Buffer> = abstract new (...args: never[]) => T;
