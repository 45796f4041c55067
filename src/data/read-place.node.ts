import { readFile } from "node:fs/promises";
import { fileError } from "../file-error.node.ts";
import type { ImagePlace } from "./labelled-images.ts";

/** @returns the encoded picture, and the label that stands beside it, `null` where none does. */
export async function readPlace(place: ImagePlace): Promise<{ bytes: Uint8Array; label: number | null }> {
  if (place.kind === "bytes") return { bytes: place.bytes, label: null };
  const bytes = await readFile(place.path).catch((cause: unknown) => {
    throw fileError(cause, place.path, "reading a picture");
  });
  return { bytes, label: null };
}
