import { ArcfaceError } from "../../errors.ts";
import type { Card, CardModel } from "../cards/card.ts";
import type { ReceiveOptions } from "../source.ts";
import type { WantedFile } from "../tarball.ts";

export type CardWithModel = Card & { readonly model: CardModel };

/** A published file that holds those of one card or several: fetched once for all of them. */
export type Pack = {
  /** Equal for cards whose files come together. */
  readonly key: string;
  /** What progress and errors call it. */
  readonly name: string;
  /**
   * The wanted files that are in it, by their path; absent ones are absent. Their hashes are not looked at.
   *
   * @throws {ArcfaceError} NETWORK, NOT_FOUND, INTEGRITY, TOO_LARGE, UNSUPPORTED_FORMAT, NO_SPACE, IO, CANCELLED.
   */
  open(wanted: readonly WantedFile[], options: ReceiveOptions): Promise<ReadonlyMap<string, Uint8Array<ArrayBuffer>>>;
};

/** Where a card's file is; `null` where its source is of another kind. */
export type PlaceOf = (card: CardWithModel) => { readonly pack: Pack; readonly path: string } | null;

/** A network whose card does not say its size. */
const MAX_NETWORK_BYTES = 2 ** 31;

export function wantedFile({ model }: CardWithModel, path: string): WantedFile {
  return { path, maxByteLength: model.byteLength ?? MAX_NETWORK_BYTES };
}

/**
 * One card's file among those that came in its pack.
 *
 * @param hashOf hex, of bytes.
 * @throws {ArcfaceError} NOT_FOUND where the pack lacks it, INTEGRITY where it is not the pinned one.
 */
export function fileOf(
  card: CardWithModel,
  { pack, path }: NonNullable<ReturnType<PlaceOf>>,
  files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
  hashOf: (bytes: Uint8Array) => string,
): Uint8Array<ArrayBuffer> {
  const bytes = files.get(path);
  if (bytes === undefined)
    throw new ArcfaceError("NOT_FOUND", `${pack.name} holds no file ${path}, which the card ${card.slug} names`);
  const { sha256 } = card.model;
  const actual = hashOf(bytes);
  if (sha256 === undefined || actual === sha256) return bytes;
  throw new ArcfaceError("INTEGRITY", `${pack.name}: expected ${path} with sha256 ${sha256}, got ${actual}`);
}
