import { ArcfaceError, expected } from "../../errors.ts";
import { freeBatch } from "../free-batch.ts";
import { opName } from "../ops.ts";
import { OPTIMIZE_PASSES, optimizeModel } from "../optimize.ts";
import type { ModelProto } from "../schema.ts";
import { finalGemms } from "./final-gemms.ts";
import { quantLayers } from "./parts.ts";
import { shiftNorms } from "./shift-norms.ts";
import { steepSlopes } from "./steep-slopes.ts";
import { upgrade } from "./upgrade.ts";

/** Operators that only quantised networks have. */
const INTEGER =
  /^(com\.microsoft\.)?(QLinear\w+|QGemm|QAttention|\w*QuantizeLinear|Dequantize\w+|DynamicQuantize\w+|\w+Integer|MatMulIntegerToFloat)$/;

/** PRelu stays what it is: its form for floats is none for integers. */
const PASSES = OPTIMIZE_PASSES.filter((pass) => pass !== "preluForm");

/**
 * A network in the form that quantises best, its outputs the same up to rounding: batch normalisations within the weights, also
 * before padded convolutions, slopes of at most 1, any number of images where that is safe, opset 18.
 *
 * @param name what errors call it.
 * @throws {ArcfaceError} INVALID_ARGUMENT where it is quantised already, or has nothing to quantise; UNSUPPORTED_FORMAT as include.
 */
export function readyToQuantize(model: ModelProto, name: string): ModelProto {
  refuseQuantised(model, name);
  const small = optimizeModel(model, PASSES);
  const free = freeBatch(small) ?? small;
  const upgraded = optimizeModel(upgrade(free, name), PASSES);
  const ready = steepSlopes(shiftNorms(finalGemms(upgraded)));
  if (quantLayers(ready.graph!).size > 0) return ready;
  throw expected(name, "a convolution or fully-connected layer with constant weights", "none");
}

/** Before any work is done. @throws {ArcfaceError} INVALID_ARGUMENT where a network is quantised already. */
export function refuseQuantised(model: ModelProto, name: string): void {
  const integer = model.graph?.node.find((node) => INTEGER.test(opName(node)));
  if (integer) {
    throw new ArcfaceError(
      "INVALID_ARGUMENT",
      `${name}: expected a network of floats, got one that is quantised already (${opName(integer)})`,
      { hint: "quantise the original file" },
    );
  }
}
