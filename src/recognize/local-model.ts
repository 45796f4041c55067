import type { Card } from "../zoo/cards/card.ts";

/** A network out of an NN archive: its ONNX file is nowhere on disk. */
export type HeldModel = {
  readonly card: Card;
  readonly model: Uint8Array<ArrayBuffer>;
  /** What errors call it: the archive and its member. */
  readonly name: string;
};
