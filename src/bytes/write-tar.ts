import { createTarPacker } from "modern-tar";
import { type Bytes, iterate } from "./stream.ts";

/** Of every file, so that equal contents are equal bytes. Earlier times make tar warn. */
const MTIME = new Date("1980-01-01T00:00:00Z");

const CHUNK = 1 << 16;

/** A tar of these files, in this order, made as it is read. Readable by all, writable by their owner, nobody's. */
export async function* writeTar(files: Iterable<readonly [path: string, bytes: Uint8Array]>): AsyncGenerator<Bytes> {
  const { readable, controller } = createTarPacker();
  const pack = async () => {
    for (const [name, bytes] of files) {
      const file = controller.add({ name, size: bytes.length, mtime: MTIME, mode: 0o644 }).getWriter();
      for (let at = 0; at < bytes.length; at += CHUNK) await file.write(bytes.subarray(at, at + CHUNK));
      await file.close();
    }
    controller.finalize();
  };
  // Its failures are those of `readable`.
  const packing = pack().catch((error: unknown) => controller.error(error));
  yield* iterate(readable);
  await packing;
}
