import type { Card } from "./cards/card.ts";
import type { Platform } from "./platform.ts";

export type ModelQuery = {
  /** As somebody typed it: `team/model:variant`, perhaps with `:ref`. */
  readonly slug: string;
  readonly platform: Platform;
};

export type ReceiveOptions = {
  readonly onProgress?: ((receivedBytes: number, totalBytes: number | null) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** What a source knows of a model. */
export type FoundModel = {
  /** What the file is called: its ending tells a bare network (`.onnx`, `.tflite`) from an NN archive (`.tar.xz` …). */
  readonly fileName: string;
  /** Hex, of the file; what a cached copy is known by. `null` where the source cannot say before it was fetched. */
  readonly sha256: string | null;
  readonly byteLength: number | null;
  /** The contract, where the source keeps cards; `null` where the NN archive itself tells it. */
  readonly card: Card | null;
  /**
   * The file, whole and verified against every hash that is known of it.
   *
   * @throws {ArcfaceError} NETWORK, NOT_FOUND, INTEGRITY, NO_SPACE, IO, CANCELLED.
   */
  fetch(options?: ReceiveOptions): Promise<Uint8Array<ArrayBuffer>>;
};

/**
 * A place models come from. A source knows addresses and bytes, not networks: it neither reads archives nor prepares
 * what it fetched.
 */
export interface ZooSource {
  /** What errors call it. */
  readonly name: string;
  /** @returns `null` where this source has no such model; throws only where it cannot tell. */
  find(query: ModelQuery, options?: { readonly signal?: AbortSignal | undefined }): Promise<FoundModel | null>;
}
