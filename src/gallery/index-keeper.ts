import type { TableParts } from "./int8-table.ts";

/** Of a large index, what is needed to have it again. */
export type KeptIndex = {
  readonly dimension: number;
  /** The highest id that the index has seen, of templates gone or not. */
  readonly lastTemplate: number;
  readonly templateIds: Float64Array;
  readonly personIds: Float64Array;
  /** Fill an index's blocks. @throws {ArcfaceError} UNSUPPORTED_FORMAT where the bytes are damaged. */
  fill(blocks: readonly Uint8Array[]): Promise<void>;
};

/**
 * Where a gallery's large index is kept while no process has it open. It may be gone or of another day: what is kept is
 * compared with the store, and can always be made anew.
 */
export interface IndexKeeper {
  /**
   * `null` where nothing is kept that can be used: nothing at all, another model's, cut off.
   *
   * @internal
   */
  open(fingerprint: string): Promise<KeptIndex | null>;
  /** @internal */
  save(fingerprint: string, about: Pick<KeptIndex, "dimension" | "lastTemplate">, parts: TableParts): Promise<void>;
  /** Leave no trace of it. */
  drop(): Promise<void>;
}
