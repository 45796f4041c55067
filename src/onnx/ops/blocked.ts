import type { Op } from "./op.ts";
import { convMacs, convShape } from "./windows.ts";

/**
 * ONNX Runtime's own layout for convolutions on a processor: blocks of so many channels beside each other,
 * [N, C / block, H, W, block]; its shapes are written as if it were [N, C, H, W]. How large a block is depends on the
 * processor: gradients/blocked.ts.
 *
 * Source: onnxruntime core/graph/contrib_ops/nchwc_schema_defs.cc.
 */
export const blocked: Readonly<Record<string, Op>> = {
  "com.microsoft.nchwc.ReorderInput": {
    inputs: [1, 1],
    outputs: [1, 1],
    attributes: { channels_last: 0 },
    shapes: (call) => {
      const { shape } = call.input(0);
      return [call.int("channels_last") === 1 ? [shape[0]!, shape.at(-1)!, ...shape.slice(1, -1)] : shape];
    },
  },
  "com.microsoft.nchwc.ReorderOutput": {
    inputs: [1, 1],
    outputs: [1, 1],
    attributes: { channels: null, channels_last: 0 },
    shapes: (call) => {
      const [batch, , ...size] = call.input(0).shape;
      const channels = call.int("channels");
      return [call.int("channels_last") === 1 ? [batch!, ...size, channels] : [batch!, channels, ...size]];
    },
  },
  "com.microsoft.nchwc.Conv": {
    inputs: [2, 4],
    outputs: [1, 1],
    attributes: {
      auto_pad: "NOTSET",
      dilations: null,
      kernel_shape: null,
      pads: null,
      strides: null,
      group: 1,
      activation: "",
      activation_params: null,
    },
    shapes: (call) => [convShape(call)],
    macs: (call, output) => convMacs(call.input(1).shape, output),
    weights: [1, 2],
  },
};
