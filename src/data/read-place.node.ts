import { readFile } from "node:fs/promises";
import { fileError } from "../file-error.node.ts";
import type { ImagePlace } from "./labelled-images.ts";
import { openBytes } from "./open-bytes.node.ts";
import type { RandomBytes } from "./random-bytes.ts";
import { readRecord } from "./recordio/framing.ts";
import { classOf, type ImageRecord, parseImageRecord } from "./recordio/image-record.ts";

/** Reads pictures where they lie; files of records stay open until it is disposed of. */
export interface PlaceReader extends AsyncDisposable {
  /**
   * @returns the encoded picture, and the label that stands beside it, `null` where none does.
   * @throws {ArcfaceError} NOT_FOUND, UNSUPPORTED_FORMAT, TOO_LARGE, IO.
   */
  read(place: ImagePlace): Promise<{ bytes: Uint8Array; label: number | null }>;
}

export function createPlaceReader(): PlaceReader {
  const files = new Map<string, Promise<RandomBytes & AsyncDisposable>>();
  const fileOf = (path: string): Promise<RandomBytes> => {
    const file = files.get(path) ?? openBytes(path);
    files.set(path, file);
    return file;
  };
  return {
    async read(place) {
      if (place.kind === "bytes") return { bytes: place.bytes, label: null };
      if (place.kind === "record") return readPicture(await fileOf(place.path), place.offset);
      const bytes = await readFile(place.path).catch((cause: unknown) => {
        throw fileError(cause, place.path, "reading a picture");
      });
      return { bytes, label: null };
    },
    async [Symbol.asyncDispose]() {
      const open = [...files.values()];
      files.clear();
      for (const file of await Promise.allSettled(open)) {
        if (file.status === "fulfilled") await file.value[Symbol.asyncDispose]();
      }
    },
  };
}

async function readPicture(file: RandomBytes, offset: number): Promise<{ bytes: Uint8Array; label: number }> {
  const where = `${file.name}: record at byte ${offset}`;
  const record: ImageRecord = parseImageRecord(await readRecord(file, offset), where);
  return { bytes: record.bytes, label: classOf(record, where) };
}
