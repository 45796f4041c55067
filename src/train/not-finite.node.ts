import { ArcfaceError } from "../errors.ts";
import { createSession } from "../host/session.node.ts";
import { encodeModel } from "../onnx/model.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { StepGraph } from "./step.ts";

/**
 * Which layer made it: the step is run again with a probe of every value as an output, in their order.
 *
 * @param name what the error calls the run. @param probed the step's graph, with probes.
 * @returns the error that ends the run.
 */
export async function notFinite(
  name: string,
  step: number,
  loss: number,
  probed: () => StepGraph,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<ArcfaceError> {
  const weights = Object.entries(feeds).find(
    ([, { data }]) => data instanceof Float32Array && !data.every(Number.isFinite),
  );
  const layer = weights ? `the parameter ${weights[0]}` : await firstLayer(probed(), feeds);
  return new ArcfaceError("DIVERGED", `${name}: step ${step}: loss ${loss}, first not finite in ${layer}`, {
    hint: "a lower lr, a warm-up or a shorter clipGradNorm helps; checkpoints are as they were",
  });
}

async function firstLayer({ model, probes }: StepGraph, feeds: Readonly<Record<string, Tensor>>): Promise<string> {
  await using session = await createSession(encodeModel(model), "probe", { memoryPattern: false });
  const answer = await session.run(feeds);
  const at = probes.findIndex(({ output }) => !Number.isFinite(answer[output]?.data[0] as number));
  return at === -1 ? "no value of the step: the update made it" : probes[at]!.layer;
}
