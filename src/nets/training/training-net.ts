import type { Value } from "../../onnx/builder.ts";
import type { Mask, Parameter, Statistic } from "../../onnx/parameter.ts";

/** A network in a training graph: its values by the batch's own statistics, and its gradients. */
export type TrainingNet = {
  /** [N, 512], not normalised. */
  readonly output: Value;
  /** In the order in which the network uses them. */
  readonly parameters: readonly Parameter[];
  readonly statistics: readonly Statistic[];
  readonly masks: readonly Mask[];
  /**
   * Adds the nodes of the way back.
   *
   * @param dOutput ∂loss/∂output, [N, 512].
   * @returns ∂loss/∂parameter by the parameter's name, in its shape.
   */
  backward(dOutput: Value): ReadonlyMap<string, Value>;
};
