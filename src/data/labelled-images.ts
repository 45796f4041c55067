import type { ArcfaceError } from "../errors.ts";

/**
 * Where the bytes of a picture lie: a whole file, a record that begins at an offset of a RecordIO file, or memory. Plain
 * data, so that a thread that has not opened the set reads it too (readPlace).
 */
export type ImagePlace =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "record"; readonly path: string; readonly offset: number }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array };

/** An encoded picture (JPEG, PNG …), the class that it shows, and what errors call it. */
export type LabelledImage = { readonly bytes: Uint8Array; readonly label: number; readonly name: string };

/** Labelled pictures by number, 0 … count − 1, as a trainer reads them. Labels are 0 … classes − 1. */
export interface LabelledImages extends AsyncDisposable {
  readonly count: number;
  readonly classes: number;
  /** By label; `null` where the set has numbers only. */
  readonly classNames: readonly string[] | null;
  /** What errors and lists call a picture: its path in the set, or its record. */
  name(i: number): string;
  place(i: number): ImagePlace;
  /**
   * `null` where it stands beside the bytes, in the record of `place`, and nowhere else.
   */
  knownLabel(i: number): number | null;
  /** @throws {ArcfaceError} UNSUPPORTED_FORMAT, IO where it has to be read and cannot be. */
  label(i: number): number | Promise<number>;
  /** @throws {ArcfaceError} INVALID_ARGUMENT where there is no such picture; NOT_FOUND, UNSUPPORTED_FORMAT, IO. */
  read(i: number): Promise<LabelledImage>;
}

/**
 * What to do about an entry that cannot be used. Absent, the first one's error is thrown; given, it is called with each
 * one's error, and the entry is left out.
 */
export type OnBad = (error: ArcfaceError) => void;
