import { stat } from "node:fs/promises";
import { ArcfaceError } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import { openImageFolder } from "./image-folder.node.ts";
import type { LabelledImages, OnBad } from "./labelled-images.ts";

/**
 * Labelled pictures, by what `path` is: a folder of folders, …
 *
 * @throws {ArcfaceError} NOT_FOUND, UNSUPPORTED_FORMAT, IO.
 */
export async function openLabelledImages(path: string, options: { onBad?: OnBad } = {}): Promise<LabelledImages> {
  const found = await stat(path).catch((cause: unknown) => {
    throw fileError(cause, path, "reading labelled pictures");
  });
  if (found.isDirectory()) return await openImageFolder(path, options);
  throw new ArcfaceError("UNSUPPORTED_FORMAT", `${path}: expected a folder of folders`);
}
