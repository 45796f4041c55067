import { expected } from "../../errors.ts";
import type { CardWithModel } from "./pack.ts";

/** What a card's file is called, without the folders before it. */
export function fileNameOf({ slug, model: { source } }: CardWithModel): string {
  if ("npm" in source) return lastPart(source.npm.file);
  if ("path" in source) return lastPart(source.path);
  if ("net" in source) return `${source.net}.onnx`;
  if ("hub" in source) return `${lastPart(source.hub.slug).replace(":", "@")}.tar.xz`;
  const name = lastPart(source.entry ?? new URL(source.url).pathname);
  if (name === "") throw expected(slug, "an address that ends in a file's name", source.url);
  return name;
}

function lastPart(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? "";
}
