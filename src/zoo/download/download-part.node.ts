import type { Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import * as z from "zod";

/** Where the bytes of a half file came from, and what tells whether the rest still belongs to them. */
const originSchema = z.object({ url: z.string(), validator: z.string().nullable() });
export type Origin = z.infer<typeof originSchema>;

/** What a cut or killed download leaves beside the file it was to become: `PATH.part`, and `PATH.part.json`. */
export function partOf(path: string) {
  const [file, note] = [`${path}.part`, `${path}.part.json`];

  /** How far it came; `null` where there is nothing to go on from. */
  const held = async (): Promise<{ byteLength: number; origin: Origin } | null> => {
    try {
      const origin = originSchema.parse(JSON.parse(await readFile(note, "utf8")));
      const { size } = await stat(file);
      return size > 0 ? { byteLength: size, origin } : null;
    } catch {
      return null;
    }
  };

  const begin = (origin: Origin): Promise<void> => writeFile(note, JSON.stringify(origin));

  const feed = async (hash: Hash): Promise<void> => {
    for await (const chunk of createReadStream(file)) hash.update(chunk);
  };

  const drop = async (): Promise<void> => {
    await rm(file, { force: true });
    await rm(note, { force: true });
  };

  return { file, note, held, begin, feed, drop };
}

export type Part = ReturnType<typeof partOf>;

/** What If-Range may be: a strong ETag, else a date; `null` where the server gives neither. */
export function validatorOf(headers: Headers): string | null {
  const etag = headers.get("etag");
  return etag !== null && !etag.startsWith("W/") ? etag : headers.get("last-modified");
}
