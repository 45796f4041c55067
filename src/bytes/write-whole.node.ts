import { type FileHandle, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** What a killed process may leave: `<name>.part-<random>` beside the file it was to become. */
export const PART: RegExp = /\.part-[0-9a-z]+$/;

type Contents = Uint8Array | string | AsyncIterable<Uint8Array>;

/**
 * Write a file so that it is there whole, also after a power cut, or not at all: also where its contents fail in the
 * making. The folder exists, and the file gets that mode, less the umask. A pipe or a device (`/dev/stdout`) is written to as it is, and not replaced.
 */
export async function writeWhole(path: string, contents: Contents, { mode = 0o666 } = {}): Promise<void> {
  if (await isStream(path)) return writeTo(await open(path, "w"), contents);
  const part = `${path}.part-${Math.random().toString(36).slice(2)}`;
  try {
    const file = await open(part, "wx", mode);
    await writeTo(file, contents, () => file.sync());
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true }).catch(() => {});
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Remove what killed processes left in a folder, and below it where so asked. */
export async function removeParts(folder: string, { recursive = false }: { recursive?: boolean } = {}): Promise<void> {
  const parts = (await readdir(folder, { recursive })).filter((name) => PART.test(name));
  await Promise.all(parts.map((name) => rm(join(folder, name), { force: true })));
}

async function isStream(path: string): Promise<boolean> {
  const there = await stat(path).catch(() => null);
  return there !== null && !there.isFile() && !there.isDirectory();
}

/** Closes the file, whatever happens. */
async function writeTo(file: FileHandle, contents: Contents, finish = async () => {}): Promise<void> {
  try {
    const chunks = typeof contents === "string" || contents instanceof Uint8Array ? [contents] : contents;
    for await (const chunk of chunks) await file.writeFile(chunk); // goes on where the last one ended
    await finish();
  } finally {
    await file.close();
  }
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
