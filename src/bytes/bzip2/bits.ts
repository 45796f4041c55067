/** Reads whole numbers of 1 to 24 bits, most significant bit first. */
export type BitReader = { read(count: number): number; readonly bit: number };

/** @param bit where to begin, counted from the start of `bytes`. @throws where the bytes end. */
export function bitReader(bytes: Uint8Array, bit: number): BitReader {
  let at = bit >>> 3;
  let held = 0;
  let buffer = 0;
  const read = (count: number): number => {
    while (held < count) {
      if (at >= bytes.length) throw new Error("cut short");
      buffer = ((buffer << 8) | bytes[at++]!) >>> 0;
      held += 8;
    }
    held -= count;
    const value = (buffer >>> held) & ((1 << count) - 1);
    buffer &= (1 << held) - 1;
    return value;
  };
  if (bit & 7) read(bit & 7);
  return {
    read,
    get bit() {
      return at * 8 - held;
    },
  };
}

export type BitWriter = {
  /** 0 to 24 bits, most significant first. */
  write(count: number, value: number): void;
  /** The whole bytes so far, which are then forgotten; with `flush` the last one is filled with zeros. */
  take(flush?: boolean): Uint8Array<ArrayBuffer>;
};

export function bitWriter(): BitWriter {
  let bytes = new Uint8Array(1 << 16);
  let length = 0;
  let held = 0;
  let buffer = 0;
  const write = (count: number, value: number): void => {
    buffer = ((buffer << count) | value) >>> 0;
    for (held += count; held >= 8; ) {
      held -= 8;
      if (length === bytes.length) {
        const longer = new Uint8Array(length * 2);
        longer.set(bytes);
        bytes = longer;
      }
      bytes[length++] = buffer >>> held;
    }
    buffer &= (1 << held) - 1;
  };
  return {
    write,
    take(flush = false) {
      if (flush && held > 0) write(8 - held, 0);
      const taken = bytes.slice(0, length);
      length = 0;
      return taken;
    },
  };
}
