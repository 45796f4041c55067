import { encodeBzip2 } from "./bzip2/encode.ts";
import type { Compression } from "./decompress.ts";
import { type Bytes, streamOf } from "./stream.ts";
import { through } from "./through.ts";
import { encodeXz } from "./xz/encode.ts";

const ENCODERS: Record<Compression, (chunks: AsyncGenerator<Bytes>) => AsyncIterable<Bytes>> = {
  none: (chunks) => chunks,
  gz: (chunks) => through(chunks, new CompressionStream("gzip")),
  bz2: encodeBzip2,
  xz: encodeXz,
};

/** Pack bytes as they come. Equal bytes give equal results, in whatever chunks they come. */
export function compress(chunks: AsyncGenerator<Bytes>, compression: Compression): ReadableStream<Bytes> {
  return streamOf(ENCODERS[compression](chunks));
}
