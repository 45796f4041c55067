import { convInputGradient, convWeightGradient } from "../gradients/conv.ts";
import type { Vjps } from "./rule.ts";
import { scale, sizes, stretch, sum } from "./words.ts";

export const windows: Vjps = {
  Conv: ({ g, dy, x: [x, w, b], call, wanted }) => {
    const kernel = sizes(w!).slice(2);
    const auto = call.text("auto_pad");
    if (kernel.length !== 2 || (auto !== "NOTSET" && auto !== "VALID"))
      throw call.mismatch("a convolution of images with explicit pads", `${kernel.length} dimensions, ${auto}`);
    if (call.ints("dilations")?.some((d) => d !== 1)) throw call.mismatch("no dilation", `${call.ints("dilations")}`);
    const window = {
      strides: call.ints("strides") ?? [1, 1],
      pads: call.ints("pads") ?? [0, 0, 0, 0],
      group: call.int("group"),
    };
    return [
      wanted(0) ? convInputGradient(g, { w: w!, dy, inputShape: sizes(x!), ...window }) : null,
      wanted(1) ? convWeightGradient(g, { x: x!, dy, kernel, ...window }) : null,
      b && wanted(2) ? sum(g, dy, [0, 2, 3], 0) : null,
    ];
  },
  GlobalAveragePool: ({ g, dy, x: [x] }) => {
    const [, , ...size] = sizes(x!);
    return [stretch(g, scale(g, dy, 1 / size.reduce((a, b) => a * b, 1)), sizes(x!))];
  },
};
