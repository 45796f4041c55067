import { ArcfaceError } from "../../errors.ts";
import type { NNArchive } from "../../nn-archive/nn-archive.ts";
import { runRefusal } from "../../nn-archive/run-refusal.ts";
import type { Card } from "../cards/card.ts";

/** Whether bytes are an NN archive rather than a network: xz, gzip or bzip2, or a tar as it is. */
export function isArchive(bytes: Uint8Array): boolean {
  const starts = (...magic: number[]) => magic.every((byte, i) => bytes[i] === byte);
  if (starts(0xfd, 0x37, 0x7a, 0x58, 0x5a) || starts(0x1f, 0x8b) || starts(0x42, 0x5a, 0x68)) return true;
  return new TextDecoder().decode(bytes.subarray(257, 262)) === "ustar";
}

// Archives are rare: what reads them is loaded when one is met.

/** @throws {ArcfaceError} as readArchive. */
export async function openArchive(bytes: Uint8Array, name: string, signal?: AbortSignal): Promise<NNArchive> {
  const { readArchive } = await import("../../nn-archive/read.ts");
  return readArchive(bytes, name, { signal });
}

/**
 * The card of an archive: how it is fed out of the archive, and what it is (licence, thresholds, results) out of a card
 * that knows it, where there is one.
 *
 * @param known of the same model; `null` where none is.
 * @throws {ArcfaceError} MODEL_MISMATCH where the two are of different kinds; as cardFromArchive.
 */
export async function cardOfArchive(archive: NNArchive, slug: string, known: Card | null): Promise<Card> {
  // What was converted for a device keeps its card's contract: the device feeds it as its config.json says.
  if (known?.model && runRefusal(archive)) return known;
  const { cardFromArchive } = await import("./archive-card-read.ts");
  const own = await cardFromArchive(archive, { slug });
  if (!known?.model) return { ...own, slug };
  const differ = (what: string, expected: unknown, got: unknown) =>
    new ArcfaceError(
      "MODEL_MISMATCH",
      `${archive.name}: expected ${what} ${expected}, as the card of ${slug} says, got ${got}`,
    );
  if (own.kind !== known.kind) throw differ("a", known.kind, `a ${own.kind}`);
  if (own.kind === "recognizer" && known.kind === "recognizer" && own.embedding.size !== known.embedding.size)
    throw differ("an embedding of", known.embedding.size, own.embedding.size);
  const { input, outputs } = own.model!;
  return { ...known, model: { ...known.model, input, outputs } } as Card;
}
