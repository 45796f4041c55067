import type { Picture } from "../embed-picture.ts";
import type { PictureEmbedder } from "../picture-embedder.node.ts";

/**
 * Embeddings by a picture's name, so that what comes of them can be worked out by hand: that of the mirror image is zeros.
 *
 * @param embed `null` where no face is found.
 */
export function fakePictureEmbedder(
  embed: (picture: Picture) => readonly number[] | null,
  { fingerprint = "test/fake@1", detector = "test/eyes@1" } = {},
): PictureEmbedder & { readonly asked: string[] } {
  const asked: string[] = [];
  const licence = { name: "MIT", commercial: true };
  return {
    asked,
    recognizer: { name: "test/fake", fingerprint, licence },
    detector: { name: "test/eyes", fingerprint: detector, licence },
    threads: 2,
    async embed(picture, { flip }) {
      asked.push(picture.name);
      const numbers = embed(picture);
      return numbers && Float32Array.from([...numbers, ...(flip ? numbers.map(() => 0) : [])]);
    },
    async [Symbol.asyncDispose]() {},
  };
}
