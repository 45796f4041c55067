import { iresnet } from "../../nets/iresnet.ts";
import { buildModel } from "../../nets/registry.ts";
import { noise } from "../../onnx/noise.ts";
import { floatsOf } from "../../onnx/optimize/floats.ts";
import { change, type ModelProto, type TensorProto } from "../../onnx/schema.ts";
import { createRandom } from "../../tensor/random.ts";

/** A residual network of 32×32 crops with statistics, shifts and slopes as training leaves them. @param steep some slopes above 1. */
export function smallNet({ steep = false, seed = 3 } = {}): ModelProto {
  const net = { blocks: [2, 1], widths: [8, 16], features: 32 };
  const model = buildModel("small", (layers, x) => iresnet(layers, x, net), { random: createRandom(seed), size: 32 });
  const initializer = model.graph!.initializer.map((tensor, i) => learnt(tensor, i, steep));
  return change(model, { graph: change(model.graph!, { initializer }) });
}

function learnt(tensor: TensorProto, seed: number, steep: boolean): TensorProto {
  const { name, dims } = tensor;
  const values = floatsOf(tensor);
  if (!values) return tensor;
  const by = noise(values.length, seed);
  const isSlope = dims.length === 3;
  const isNorm = dims.length === 1 && !name.startsWith("fc");
  if (!isSlope && !isNorm) return tensor;
  const moved = values.map((x, i) => {
    if (isSlope) return 0.25 + (steep ? 1.2 : 0.5) * by[i]!;
    return /running_var|weight/.test(name) ? x * (1 + 0.4 * by[i]!) : x + 0.5 * by[i]!;
  });
  return change(tensor, { rawData: new Uint8Array(moved.buffer) });
}
