import type { Value } from "../builder.ts";
import type { Call } from "../ops/op.ts";
import { sizes } from "./words.ts";

/** How a window walks over an image, in numbers; pads are [top, left, bottom, right]. */
export type Walk = {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
};

/** @throws {ArcfaceError} MODEL_MISMATCH where it is not over images [N, C, H, W]. */
export function walkOf(call: Call, x: Value, y: Value, kernel: readonly number[]): Walk {
  if (kernel.length !== 2) throw call.mismatch("windows over images [N, C, H, W]", `${kernel.length} dimensions`);
  const strides = call.ints("strides") ?? [1, 1];
  const dilations = (call.has("dilations") ? call.ints("dilations") : null) ?? [1, 1];
  const auto = call.text("auto_pad");
  const given = auto === "NOTSET" ? (call.ints("pads") ?? [0, 0, 0, 0]) : [0, 0, 0, 0];
  const pads = [...given];
  if (auto === "NOTSET" || auto === "VALID") return { kernel, strides, dilations, pads };
  for (const axis of [0, 1]) {
    const span = (kernel[axis]! - 1) * dilations[axis]! + 1;
    const room = Math.max(0, (sizes(y)[axis + 2]! - 1) * strides[axis]! + span - sizes(x)[axis + 2]!);
    const less = Math.floor(room / 2);
    pads[axis] = auto === "SAME_UPPER" ? less : room - less;
    pads[axis + 2] = room - pads[axis]!;
  }
  return { kernel, strides, dilations, pads };
}
