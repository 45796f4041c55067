import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ArcfaceError } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import type { FaceFiles } from "./collect.ts";

const IMAGE = /\.(jpe?g|png|webp|avif|gif|tiff?|hei[cf])$/i;

/**
 * The photographs of a folder. Folders in it are taken for people, each with the photographs that lie in it; where there
 * are none, its photographs are nobody's.
 *
 * @throws {ArcfaceError} NOT_FOUND where there is no folder, or no photograph in it; IO.
 */
export async function listFaceFiles(folder: string): Promise<FaceFiles> {
  const { files, folders } = await list(folder);
  const people: string[][] = [];
  for (const name of folders) {
    const own = await list(name);
    if (own.files.length > 0) people.push(own.files);
  }
  if (people.length > 0) return { kind: "people", people };
  if (files.length > 0) return { kind: "loose", files };
  throw new ArcfaceError("NOT_FOUND", `${folder}: no images there`, {
    hint: "--faces takes a folder of photographs, best with a folder for every person",
  });
}

async function list(folder: string): Promise<{ files: string[]; folders: string[] }> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw fileError(error, folder, "looking for faces");
  });
  const shown = entries.filter(({ name }) => !name.startsWith(".")).sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    files: shown.filter((entry) => entry.isFile() && IMAGE.test(entry.name)).map(({ name }) => join(folder, name)),
    folders: shown.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name)),
  };
}
