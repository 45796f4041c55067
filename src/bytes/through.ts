import type { Bytes } from "./stream.ts";

/** As CompressionStream and DecompressionStream are. */
type Pair = {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Bytes>;
};

/**
 * Chunks through a web stream, each put in only when all that came out is taken.
 *
 * Not `pipeThrough`: Node's compression streams count their queues in chunks where they mean bytes, and take 16,384 of
 * them ahead, on either side.
 */
export async function* through(chunks: AsyncGenerator<Bytes>, { readable, writable }: Pair): AsyncGenerator<Bytes> {
  const reader = readable.getReader();
  const writer = writable.getWriter();
  writer.closed.catch(() => {}); // What goes wrong in there, the reading side tells.
  let writing: Promise<void> | null = null;
  let isFed = true;
  const feed = async () => {
    const { done, value } = await chunks.next();
    isFed = !done;
    writing = (done ? writer.close() : writer.write(value))
      .catch(() => {})
      .finally(() => {
        writing = null;
      });
  };
  try {
    for (;;) {
      let isWaiting = true;
      const reading = reader.read().finally(() => {
        isWaiting = false;
      });
      reading.catch(() => {});
      // What has come out already is handed over within two turns.
      for (let turn = 0; turn < 4; turn++) await null;
      while (isWaiting && isFed) {
        if (!writing) await feed();
        await Promise.race([writing, reading]);
      }
      const { done, value } = await reading;
      if (done) return;
      yield value as Bytes;
    }
  } finally {
    // Not awaited: left early, Node's writing side waits for ever for what nobody takes.
    for (const end of [reader.cancel(), writer.abort()]) end.catch(() => {});
  }
}
