import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ArcfaceError } from "../errors.ts";
import { fileError } from "../file-error.node.ts";
import { openImageFolder } from "./image-folder.node.ts";
import { parseImageList } from "./image-list.ts";
import type { LabelledImages, OnBad } from "./labelled-images.ts";
import { createListedImages } from "./listed-images.node.ts";
import { openRecords } from "./recordio/open-records.node.ts";

/**
 * Labelled pictures, by what `path` is: a folder of folders; a RecordIO file, `….rec`, or a folder that holds `train.rec`; a
 * list of pictures, `….lst` or `….txt`, whose paths start at the list's own folder.
 *
 * @throws {ArcfaceError} NOT_FOUND, UNSUPPORTED_FORMAT, IO. To `onBad`: index lines, records, list lines and links that cannot be
 * used.
 */
export async function openLabelledImages(
  path: string,
  { onBad }: { onBad?: OnBad | undefined } = {},
): Promise<LabelledImages> {
  const found = await stat(path).catch((cause: unknown) => {
    throw fileError(cause, path, "reading labelled pictures");
  });
  if (found.isDirectory()) {
    const records = join(path, "train.rec");
    const isThere = await stat(records).catch(() => null);
    return isThere?.isFile() ? await openRecords(records, { onBad }) : await openImageFolder(path, { onBad });
  }
  if (path.endsWith(".rec")) return await openRecords(path, { onBad });
  if (/\.(lst|txt)$/.test(path)) return await openImageList(path, onBad);
  throw new ArcfaceError(
    "UNSUPPORTED_FORMAT",
    `${path}: expected a folder of folders, a .rec or a .lst, got another file`,
  );
}

async function openImageList(path: string, onBad: OnBad | undefined): Promise<LabelledImages> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw fileError(cause, path, "reading a list of pictures");
  });
  const { images, classes, classNames } = parseImageList(text, { file: path, onBad });
  return createListedImages(dirname(path), images, classes, classNames);
}
