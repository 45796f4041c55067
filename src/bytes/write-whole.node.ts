import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** What a killed process may leave: `<name>.part-<random>` beside the file it was to become. */
export const PART: RegExp = /\.part-[0-9a-z]+$/;

/**
 * Write a file so that it is there whole, also after a power cut, or not at all: also where its contents fail in the
 * making. The folder exists.
 */
export async function writeWhole(
  path: string,
  contents: Uint8Array | string | AsyncIterable<Uint8Array>,
): Promise<void> {
  const part = `${path}.part-${Math.random().toString(36).slice(2)}`;
  try {
    const file = await open(part, "wx");
    try {
      const chunks = typeof contents === "string" || contents instanceof Uint8Array ? [contents] : contents;
      for await (const chunk of chunks) await file.writeFile(chunk); // goes on where the last one ended
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true }).catch(() => {});
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Make a rename last; Windows neither can nor needs to. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
