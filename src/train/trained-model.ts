import { ArcfaceError } from "../errors.ts";
import type { Net } from "../nets/registry.ts";
import { buildModel } from "../nets/registry.ts";
import { change, type ModelProto } from "../onnx/schema.ts";
import { sizeOf } from "../tensor/tensor.ts";

/** Values by state-dict name. */
export type Weights = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: unknown }>;

/**
 * A network in inference form with trained weights: input `images` [N, 3, size, size], RGB, (x − 127.5)/127.5; output
 * `output`, not normalised.
 *
 * @param weights parameters and statistics under InsightFace's names: a state dict, ours or PyTorch's. More than the network
 *   has does not matter.
 * @param file what errors call them.
 * @throws {ArcfaceError} MODEL_MISMATCH where one is missing or of another size.
 */
export function trainedModel(name: string, net: Net, size: number, weights: Weights, file: string): ModelProto {
  const model = buildModel(name, net, { random: { uniform: () => 0, normal: () => 0 }, size });
  const initializer = model.graph!.initializer.map((tensor) => {
    const given = weights.get(tensor.name);
    const wanted = sizeOf(tensor.dims.map(Number));
    if (!given || sizeOf(given.shape) !== wanted || !(given.data instanceof Float32Array)) {
      const got = given ? `[${given.shape.join(", ")}]` : "none";
      throw new ArcfaceError(
        "MODEL_MISMATCH",
        `${file}: expected ${tensor.name} [${tensor.dims.join(", ")}], got ${got}`,
        {
          hint: "the weights are of another network",
        },
      );
    }
    const data = new Float32Array(given.data);
    return change(tensor, { rawData: new Uint8Array(data.buffer) });
  });
  return change(model, { graph: change(model.graph!, { initializer }) });
}
