import { ArcfaceError, throwIfCancelled } from "../errors.ts";

export type Bytes = Uint8Array<ArrayBuffer>;
export type ByteSource = Uint8Array | ReadableStream<Uint8Array>;

/** Longer chunks are handed on in pieces: what inflates a thousandfold does so at most one piece at a time. */
const MAX_CHUNK = 1 << 14;

/**
 * The bytes of a source, in chunks of 1 to 16,384. Ended early, by its consumer or the signal, the stream is cancelled.
 *
 * @param where what errors call the source.
 * @throws {ArcfaceError} CANCELLED; IO where the stream fails with an error that is not ours.
 */
export async function* chunksOf(source: ByteSource, where: string, signal?: AbortSignal): AsyncGenerator<Bytes> {
  throwIfCancelled(signal, where);
  try {
    for await (const chunk of source instanceof Uint8Array ? [source] : iterate(source, signal)) {
      for (let at = 0; at < chunk.length; at += MAX_CHUNK) {
        throwIfCancelled(signal, where);
        yield chunk.subarray(at, at + MAX_CHUNK) as Bytes;
      }
    }
  } catch (cause) {
    throwIfCancelled(signal, where);
    if (cause instanceof ArcfaceError) throw cause;
    throw new ArcfaceError("IO", `${where}: cannot be read: ${(cause as Error)?.message ?? cause}`, { cause });
  }
  // A cancelled stream ends as if it were whole.
  throwIfCancelled(signal, where);
}

/** What a stream gives; ended early, by its consumer or the signal, it is cancelled. The DOM's types have no iterator. */
export async function* iterate<T>(stream: ReadableStream<T>, signal?: AbortSignal): AsyncGenerator<T> {
  const reader = stream.getReader();
  const cancel = () => reader.cancel(signal?.reason).catch(() => {});
  signal?.addEventListener("abort", cancel);
  if (signal?.aborted) void cancel();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    signal?.removeEventListener("abort", cancel);
    await cancel();
  }
}

/**
 * A stream that makes each chunk when it is asked for; cancelling it ends the iteration.
 *
 * @param stop ends what the iteration is waiting for: until then an iterator cannot be ended.
 */
export function streamOf(chunks: AsyncIterable<Bytes>, stop?: AbortController): ReadableStream<Bytes> {
  const iterator = chunks[Symbol.asyncIterator]();
  return new ReadableStream<Bytes>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel(reason) {
        stop?.abort(reason);
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** All bytes of a stream in one array. */
export async function collect(stream: ReadableStream<Uint8Array>): Promise<Bytes> {
  return new Uint8Array(await new Response(stream as ReadableStream<Bytes>).arrayBuffer());
}

/** A controller of its own that also stops with the signal. */
export function stopWith(signal: AbortSignal | undefined): { stop: AbortController; stopped: AbortSignal } {
  const stop = new AbortController();
  return { stop, stopped: signal ? AbortSignal.any([stop.signal, signal]) : stop.signal };
}
