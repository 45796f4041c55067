import type { GraphBuilder, Value } from "../../../onnx/builder.ts";
import { mul, reshape } from "../../../onnx/vjp/words.ts";
import { BN_EPSILON, type Layers } from "../../layers.ts";

/** Layers in ONNX's own operators, for gradients of any graph: what the fused ones are compared with. */
export function plainLayers(g: GraphBuilder, parameters: Map<string, Value>, prefix = ""): Layers<Value> {
  const named = (name: string) => `${prefix}${name}`;
  const input = (name: string, shape: readonly number[]): Value => {
    const value = g.input(named(name), shape);
    parameters.set(value.name, value);
    return value;
  };
  const channels = (x: Value) => x.shape[1] as number;
  return {
    in: (name) => plainLayers(g, parameters, `${named(name)}.`),
    conv(name, x, filters, { kernel = 3, stride = 1, pad = (kernel - 1) / 2, groups = 1 }) {
      const w = input(`${name}.weight`, [filters, channels(x) / groups, kernel, kernel]);
      return g.conv(x, w, { strides: [stride, stride], pads: [pad, pad, pad, pad], group: groups });
    },
    batchNorm(name, x, { frozenScale = false } = {}) {
      const C = [channels(x)];
      const scale = frozenScale ? g.literal(C, new Float32Array(C[0]!).fill(1)) : input(`${name}.weight`, C);
      const unused = g.literal(C, new Float32Array(C[0]!));
      return g.nodes("BatchNormalization", [x, scale, input(`${name}.bias`, C), unused, unused], {
        attributes: { epsilon: { float: BN_EPSILON }, training_mode: 1 },
        outputs: 3,
      })[0]!;
    },
    prelu(name, x) {
      const slope = input(`${name}.weight`, [channels(x)]);
      return g.prelu(x, reshape(g, slope, [channels(x), 1, 1]));
    },
    linear(name, x, outputs, init) {
      const w = input(`${name}.weight`, [outputs, channels(x)]);
      return g.gemm(x, w, init ? null : input(`${name}.bias`, [outputs]));
    },
    add: (a, b) => g.add(a, b),
    flatten: (x) => g.flatten(x),
    dropout: (name, x, rate) => (rate ? mul(g, x, g.input(named(name), x.shape)) : x),
  };
}
