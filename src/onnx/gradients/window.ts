import type { Value } from "../builder.ts";

/** A convolution's window; pads are [top, left, bottom, right]. */
export type ConvWindow = {
  readonly strides: readonly number[];
  readonly pads: readonly number[];
  readonly group: number;
};

/** What convolutions may use besides ONNX's operators. */
export type Runtime = {
  /** Channels a block of the runtime's blocked layout: train/block-size.node.ts. Default `null`: not used. */
  readonly block?: number | null;
  /** Values that were brought into another layout already: gradients that share it have one copy. */
  readonly layouts?: Map<Value, Value> | undefined;
};
