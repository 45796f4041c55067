import * as imported from "xz-decompress";
import { type Bytes, iterate, streamOf } from "../stream.ts";

// A CommonJS module: Node and some bundlers show its names on `default` only.
const { XzReadableStream } = ((imported as { default?: unknown }).default as typeof imported) ?? imported;

/** What xz-embedded's result codes mean, which the library gives as numbers. */
const REASONS: Readonly<Record<string, string>> = {
  3: "no memory left",
  4: "a dictionary of more than 64 MiB",
  5: "no xz header",
  6: "filters, options or checksums that are not read here (checksums are CRC32 and CRC64)",
  7: "damaged",
  8: "cut short",
};

/** The first xz stream among the chunks, unpacked; what follows it is not looked at. */
export async function* decodeXz(chunks: AsyncGenerator<Bytes>): AsyncGenerator<Bytes> {
  try {
    for await (const chunk of iterate(new XzReadableStream(streamOf(chunks)))) yield chunk as Bytes;
  } catch (cause) {
    const code = /error code (\d+)/.exec(String(cause))?.[1];
    throw code === undefined ? cause : new Error(REASONS[code] ?? `xz-embedded's code ${code}`, { cause });
  }
}
