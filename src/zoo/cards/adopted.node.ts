import { mkdir, readdir, readFile, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "zod";
import { writeWhole } from "../../bytes/write-whole.node.ts";
import { fileError } from "../../file-error.node.ts";
import { isAskable } from "../askable.ts";
import { PLATFORMS, type Platform } from "../platform.ts";
import { type Card, cardSchema } from "./card.ts";

const adoptedSchema = z.object({
  /** As it was asked for: `team/model:variant`, perhaps with `:ref`. */
  slug: z.string(),
  platform: z.enum(PLATFORMS),
  /** Where it came from, for people. */
  source: z.string(),
  /** Pins what came, so that it is this file that is meant ever after. */
  card: cardSchema.refine(({ model }) => model?.sha256 !== undefined, "expected the sha256 of what came"),
});

/** A model that no shipped card pins: what was learnt of it when it first came. */
export type Adopted = z.infer<typeof adoptedSchema> & { readonly card: Card };

/**
 * The cards of such models, beside the files: `<cache>/cards/<team>/<model>@<variant>.<PLATFORM>.json`.
 * A damaged one counts as absent: its model is then asked for anew. Writers hold the cache's lock.
 */
export function openAdopted(cacheFolder: string) {
  const folder = join(cacheFolder, "cards");
  const place = (slug: string, platform: Platform): string =>
    join(folder, `${slug.replaceAll(":", "@")}.${platform}.json`);

  const read = async (path: string): Promise<Adopted | null> => {
    const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
      throw fileError(error, path, "reading the model cache", "ARCFACE_CACHE may name another folder");
    });
    if (text === null) return null;
    try {
      return adoptedSchema.parse(JSON.parse(text));
    } catch {
      return null;
    }
  };

  const get = async (slug: string, platform: Platform): Promise<Adopted | null> => {
    // What is typed may be anything; only a name leads to a file.
    if (!isAskable(slug)) return null;
    const found = await read(place(slug, platform));
    return found?.slug === slug && found.platform === platform ? found : null;
  };

  const list = async (): Promise<Adopted[]> => {
    const files = await readdir(folder, { recursive: true }).catch(() => []);
    const all = await Promise.all(
      files
        .filter((file) => file.endsWith(".json"))
        .sort()
        .map((file) => read(join(folder, file))),
    );
    return all.filter((one) => one !== null);
  };

  const put = async (adopted: Adopted): Promise<void> => {
    const path = place(adopted.slug, adopted.platform);
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeWhole(path, `${JSON.stringify(adopted, null, 2)}\n`);
    } catch (error) {
      throw fileError(error, path, "writing the model cache");
    }
  };

  const drop = async ({ slug, platform }: Pick<Adopted, "slug" | "platform">): Promise<void> => {
    const path = place(slug, platform);
    await rm(path, { force: true }).catch((error) => {
      throw fileError(error, folder, "clearing the model cache");
    });
    // The system refuses where others of the team are left.
    await rmdir(dirname(path)).catch(() => {});
  };

  return { get, list, put, drop };
}

export type AdoptedCards = ReturnType<typeof openAdopted>;
