import type { ArcfaceError } from "../errors.ts";
import type { RangeMethod } from "../onnx/quantize/ranges.ts";
import type { FaceAgreement } from "./face-agreement.ts";
import type { LayerSensitivity } from "./sensitivity.ts";

export type QuantizeNetworkOptions = {
  /**
   * Points that may be lost: of accuracy on pairs, or, of a detector, of faces found on the photographs. Where more are, the most
   * sensitive layers stay in float. Absent: all layers are int8.
   */
  readonly maxLoss?: number;
  /** Default mse. */
  readonly ranges?: RangeMethod;
  /** See biasCorrection. Default true. */
  readonly biasCorrection?: boolean;
  /** Make channels alike first. Default true. */
  readonly equalize?: boolean;
  /** 7-bit weights, for processors whose 8-bit products overflow. Default false. */
  readonly reduceRange?: boolean;
  readonly threads?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (phase: string, done: number, total: number) => void;
  /** Told of pictures that cannot be read or show no face; they are left out. */
  readonly onUnread?: (file: string, error: ArcfaceError) => void;
};

export type QuantizedNetwork = {
  /** An ONNX file. */
  readonly model: Uint8Array;
  /** Convolutions and fully-connected layers. */
  readonly layers: number;
  /** Those that stayed in float, by their outputs' names. */
  readonly floatLayers: readonly string[];
  /** Inputs it was calibrated on. */
  readonly inputs: number;
  /** Between outputs before and after, on a few of those inputs. */
  readonly cosine: { readonly mean: number; readonly least: number };
  /** On the pairs, 0 to 1; `null` without pairs. */
  readonly accuracy: { readonly before: number; readonly after: number; readonly pairs: number } | null;
  /** `null` of a recogniser. */
  readonly faces: FaceAgreement | null;
  /** Was the loss kept? `null` where none was given. */
  readonly kept: boolean | null;
  /** Losses with so many layers in float; empty where all in int8 kept it. */
  readonly tried: readonly { readonly layers: number; readonly loss: number }[];
  /** The most sensitive first; empty where nobody had to know. */
  readonly sensitivity: readonly LayerSensitivity[];
};

/** Inputs that sensitivities and cosines are measured on. */
export const PROBES = 8;

/** So many of a list, from all over it. */
export function spread<T>(items: readonly T[], count: number): T[] {
  const step = Math.max(1, items.length / count);
  return Array.from({ length: Math.min(count, items.length) }, (_, i) => items[Math.floor(i * step)]!);
}
