/** One entry as it is to stand there, however wrong. */
export type RawEntry = {
  readonly name: string;
  readonly body?: Uint8Array;
  /** What the header says; else the body's length. */
  readonly size?: number;
  /** tar's own letter: 0 file, 1 link, 2 symlink, 3 and 4 devices, 5 folder, 6 pipe, x attributes. */
  readonly type?: string;
  readonly link?: string;
};

/** A tar of entries that no tar writer would write. */
export function rawTar(entries: readonly RawEntry[]): Uint8Array<ArrayBuffer> {
  return concat([...entries.flatMap(rawEntry), new Uint8Array(1024)]);
}

/** Header, body and padding. */
export function rawEntry({ name, body = new Uint8Array(0), size = body.length, type = "0", link = "" }: RawEntry) {
  const header = new Uint8Array(512);
  const put = (at: number, text: string) => header.set(new TextEncoder().encode(text), at);
  put(0, name);
  put(100, "0000644\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  put(124, `${size.toString(8).padStart(11, "0")}\0`);
  put(136, "00000000000\0");
  put(148, "        ");
  put(156, type);
  put(157, link);
  put(257, "ustar\x0000");
  const sum = header.reduce((a, b) => a + b, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return [header, body, new Uint8Array(-body.length & 511)];
}

/** A pax header that gives the next entry attributes. */
export function paxEntry(attributes: Readonly<Record<string, string>>): RawEntry {
  const records = Object.entries(attributes).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    let length = rest.length + 1;
    while (`${length}`.length + rest.length !== length) length++;
    return `${length}${rest}`;
  });
  return { name: "PaxHeader", type: "x", body: new TextEncoder().encode(records.join("")) };
}

export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((n, { length }) => n + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
