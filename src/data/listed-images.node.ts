import { join } from "node:path";
import { expected } from "../errors.ts";
import type { ImagePlace, LabelledImages } from "./labelled-images.ts";
import { createPlaceReader } from "./read-place.node.ts";

/** A picture's path, relative to the set's folder or absolute, and its class. */
export type ListedImage = { readonly path: string; readonly label: number };

/** Pictures that are files, each with a label that is known. */
export function createListedImages(
  root: string,
  images: readonly ListedImage[],
  classes: number,
  classNames: readonly string[] | null,
): LabelledImages {
  const reader = createPlaceReader();
  const at = (i: number): ListedImage => {
    const image = images[i];
    if (!image) throw expected(root, `a picture's number below ${images.length}`, `${i}`);
    return image;
  };
  const place = (i: number): ImagePlace => ({ kind: "file", path: pathIn(root, at(i).path) });
  return {
    count: images.length,
    classes,
    classNames,
    name: (i) => at(i).path,
    place,
    knownLabel: (i) => at(i).label,
    label: (i) => at(i).label,
    async read(i) {
      const { path, label } = at(i);
      const { bytes } = await reader.read(place(i));
      return { bytes, label, name: path };
    },
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
}

function pathIn(root: string, path: string): string {
  return path.startsWith("/") ? path : join(root, path);
}
