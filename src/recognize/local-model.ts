import type { Card } from "../zoo/cards/card.ts";

/** A network in memory, out of an NN archive or of our own making: its ONNX file is nowhere on disk. */
export type HeldModel = { readonly card: Card; readonly model: Uint8Array<ArrayBuffer> };
