import { rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { openImageFolder } from "../data/image-folder.node.ts";
import { openRecordWriter } from "../data/recordio/write-records.node.ts";
import { ArcfaceError, throwIfCancelled } from "../errors.ts";

/** Crops on their way into RecordIO: as files at first, so that a run which was cut off can go on. */
export type Packing = {
  /** Where the files are until then. */
  readonly crops: string;
  /** An earlier run has come to its end. */
  readonly isPacked: boolean;
  /** Write the records, whole or not at all, and remove the files. @throws {ArcfaceError} as openImageFolder; IO, NO_SPACE. */
  pack(signal?: AbortSignal): Promise<void>;
};

export async function openPacking(destination: string): Promise<Packing> {
  const crops = join(destination, "crops");
  const isPacked = (await stat(join(destination, "train.rec")).catch(() => null)) !== null;
  // Where it was killed in between.
  if (isPacked) await rm(crops, { recursive: true, force: true });
  return {
    crops,
    isPacked,
    async pack(signal) {
      if (isPacked) return;
      await using images = await openImageFolder(crops);
      await using writer = await openRecordWriter(destination);
      for (let i = 0; i < images.count; i++) {
        throwIfCancelled(signal, "align");
        await writer.write(await images.read(i));
      }
      await writer.finish();
      await rm(crops, { recursive: true, force: true });
    },
  };
}

/** What to say where pictures came after the records were written. */
export function packedAlready(crops: string, image: string): ArcfaceError {
  const destination = dirname(crops);
  return new ArcfaceError("CONFLICT", `${destination}: its records are written already, without ${image}`, {
    hint: "name another destination, or remove this one",
  });
}
