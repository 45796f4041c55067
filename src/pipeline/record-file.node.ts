import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { promisify } from "node:util";
import { constants, deflateRaw } from "node:zlib";
import { fileError } from "../file-error.node.ts";
import type { RecordOptions } from "./record.ts";
import type { ReplayOptions } from "./replay.ts";

const pack = promisify(deflateRaw);

/**
 * A file for `pipeline.enableHolisticRecord`, which closes it. One that is there already is replaced.
 *
 * @throws {ArcfaceError} NOT_FOUND, IO, NO_SPACE; writing does too, which then ends the pipeline.
 */
export async function recordToFile(path: string): Promise<RecordOptions> {
  const file = await open(path, "w").catch((error) => {
    throw fileError(error, path, "making a recording");
  });
  return {
    sink: {
      async write(bytes) {
        await file.writeFile(bytes).catch((error) => {
          throw fileError(error, path, "writing a recording");
        });
      },
      close: () => file.close(),
    },
    // The least effort: frames have to be kept while they come.
    compress: (bytes) => pack(bytes, { level: constants.Z_BEST_SPEED }),
  };
}

/** A recording for `pipeline.enableHolisticReplay`. @throws {ArcfaceError} NOT_FOUND, IO, when it is read. */
export function replayFromFile(path: string): Required<Pick<ReplayOptions, "chunks" | "name">> {
  return { chunks: readFile(path), name: path };
}

async function* readFile(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: 1 << 20 });
  } catch (error) {
    throw fileError(error, path, "reading a recording");
  }
}
