import { ByteBuffer } from "flatbuffers";
import { ArcfaceError } from "../../errors.ts";

/** A table of a flatbuffer; fields are told by their number in the schema. An absent field has the given default. */
export interface FlatTable {
  int8(field: number, absent?: number): number;
  int32(field: number, absent?: number): number;
  float32(field: number, absent?: number): number;
  bool(field: number): boolean;
  string(field: number): string;
  table(field: number): FlatTable | null;
  tables(field: number): FlatTable[];
  ints(field: number): number[] | null;
  floats(field: number): number[];
  /** int64 values; beyond 2⁵³ they lose precision. */
  longs(field: number): number[];
  /** A view of the file. */
  bytes(field: number): Uint8Array;
  /** Is the field there at all? */
  has(field: number): boolean;
}

/**
 * Open the root table of a flatbuffer. Every offset is checked before it is followed, and the lists read may not
 * be larger in sum than a file without sharing could hold, so that hostile bytes end in an error, never in a hang.
 *
 * @throws {ArcfaceError} UNSUPPORTED_FORMAT, here or from any of the table's methods, with the byte offset.
 */
export function openFlatbuffer(bytes: Uint8Array, identifier: string, name: string): FlatTable {
  const buffer = new ByteBuffer(bytes);
  let budget = 4 * bytes.length;

  const damaged = (at: number, what: string): ArcfaceError =>
    new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: damaged or cut short: ${what} at byte ${at} of ${bytes.length}`);

  function need(at: number, size: number, what: string): number {
    if (!(at >= 0 && size >= 0 && at + size <= bytes.length)) throw damaged(at, what);
    return at;
  }

  function follow(at: number): number {
    const target = at + buffer.readUint32(need(at, 4, "an offset"));
    return need(target, 4, "what an offset leads to");
  }

  function openTable(at: number): FlatTable {
    const vtable = at - buffer.readInt32(need(at, 4, "a table"));
    const vtableSize = buffer.readUint16(need(vtable, 4, "a table's field list"));
    need(vtable, vtableSize, "a table's field list");

    /** Where a field's value is; 0 where it is absent. */
    function find(field: number, size: number): number {
      const slot = 4 + 2 * field;
      if (slot + 2 > vtableSize) return 0;
      const offset = buffer.readUint16(vtable + slot);
      return offset === 0 ? 0 : need(at + offset, size, `field ${field}`);
    }

    function list<T>(field: number, size: number, read: (at: number) => T): T[] | null {
      const where = find(field, 4);
      if (where === 0) return null;
      const start = follow(where);
      const length = buffer.readUint32(start);
      need(start + 4, length * size, `a list of ${length}`);
      budget -= length * size;
      if (budget < 0) throw damaged(start, "lists larger than the file");
      return Array.from({ length }, (_, i) => read(start + 4 + i * size));
    }

    function bytesOf(field: number): Uint8Array {
      const where = find(field, 4);
      if (where === 0) return new Uint8Array();
      const start = follow(where);
      const length = buffer.readUint32(start);
      need(start + 4, length, `${length} bytes`);
      return bytes.subarray(start + 4, start + 4 + length);
    }

    return {
      has: (field) => find(field, 0) !== 0,
      bool: (field) => orElse(find(field, 1), (p) => buffer.readInt8(p) !== 0, false),
      int8: (field, absent = 0) => orElse(find(field, 1), (p) => buffer.readInt8(p), absent),
      int32: (field, absent = 0) => orElse(find(field, 4), (p) => buffer.readInt32(p), absent),
      float32: (field, absent = 0) => orElse(find(field, 4), (p) => buffer.readFloat32(p), absent),
      string(field) {
        const text = bytesOf(field);
        budget -= text.length;
        if (budget < 0) throw damaged(at, "texts larger than the file");
        return new TextDecoder().decode(text);
      },
      table: (field) => orElse(find(field, 4), (p) => openTable(follow(p)), null),
      tables: (field) => list(field, 4, (p) => openTable(follow(p))) ?? [],
      ints: (field) => list(field, 4, (p) => buffer.readInt32(p)),
      floats: (field) => list(field, 4, (p) => buffer.readFloat32(p)) ?? [],
      longs: (field) => list(field, 8, (p) => Number(buffer.readInt64(p))) ?? [],
      bytes: bytesOf,
    };
  }

  need(0, 8, "the header");
  const found = new TextDecoder("latin1").decode(bytes.subarray(4, 8));
  if (found !== identifier) {
    throw new ArcfaceError(
      "UNSUPPORTED_FORMAT",
      `${name}: expected "${identifier}" at byte 4, got ${JSON.stringify(found)}`,
    );
  }
  return openTable(follow(0));
}

function orElse<T, U>(at: number, read: (at: number) => T, absent: U): T | U {
  return at === 0 ? absent : read(at);
}
