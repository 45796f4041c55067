import { ArcfaceError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * What a network answered, by the role that its card gives each output.
 *
 * Coordinates that parsers return are pixels of the network's input: a box from edge to edge (the first pixel spans
 * 0–1), a point where whole numbers are pixel centres. A network whose answers are fractions f of its input therefore
 * has box edges at f·width and points at f·width − ½.
 */
export type Outputs = Readonly<Record<string, Tensor>>;

/** What a parser is told of the run. */
export type ParseOptions = {
  /** The network input's pixels. */
  readonly width: number;
  readonly height: number;
  /** Candidates below it are left out. */
  readonly scoreThreshold: number;
};

/**
 * The values of one output.
 *
 * @param rows how many there must be; leading dimensions of 1 do not matter.
 * @param columns values a row: the last dimension, which a single column may leave out.
 * @throws {ArcfaceError} MODEL_MISMATCH where the output is missing, not float32 or of another size.
 */
export function head(outputs: Outputs, parser: string, role: string, rows: number, columns: number): Float32Array {
  const tensor = outputs[role];
  const wanted = `${parser}: expected output ${role} of [${rows}, ${columns}]`;
  if (!tensor) {
    throw new ArcfaceError("MODEL_MISMATCH", `${wanted}, got none; the model has ${Object.keys(outputs).join(", ")}`, {
      hint: "the card's `outputs` names the graph's outputs by role",
    });
  }
  if (!(tensor.data instanceof Float32Array))
    throw new ArcfaceError("MODEL_MISMATCH", `${wanted}, got ${tensor.dtype}`);
  if (tensor.data.length !== rows * columns || (columns > 1 && tensor.shape.at(-1) !== columns)) {
    throw new ArcfaceError("MODEL_MISMATCH", `${wanted}, got [${tensor.shape.join(", ")}]`, {
      hint: "the network's input size, strides and anchors must be those of its card",
    });
  }
  return tensor.data;
}

/**
 * `head` for scores. A network that answers NaN is damaged or fed wrongly: calling that "no face" would hide it.
 *
 * @throws {ArcfaceError} MODEL_MISMATCH as `head`, and where a score is NaN.
 */
export function scoreHead(outputs: Outputs, parser: string, role: string, rows: number, columns = 1): Float32Array {
  const scores = head(outputs, parser, role, rows, columns);
  const at = scores.findIndex(Number.isNaN);
  if (at !== -1) throw new ArcfaceError("MODEL_MISMATCH", `${parser}: expected scores in ${role}, got NaN at ${at}`);
  return scores;
}

/** 1 / (1 + e^−x). */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
