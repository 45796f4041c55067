import type { ValueInfo } from "../host/host.ts";
import type { NetworkInput } from "../host/network.ts";
import { isArchiveName } from "../nn-archive/archive-name.ts";
import { decodeModel, describeModel } from "../onnx/model.ts";
import { prepareModel } from "../onnx/prepare.ts";
import { type NodeOptions, openNodeZoo } from "../recognize/compose.node.ts";
import { isModelFile, openModelFile } from "../recognize/local-model.node.ts";
import { precisionOf } from "./precision.ts";
import type { BenchmarkPrecision } from "./row.ts";

/** A network to measure. */
export type BenchmarkModel = {
  readonly name: string;
  /** ONNX: of a slug as the library runs it, of a file as it is. */
  readonly bytes: Uint8Array;
  readonly precision: BenchmarkPrecision;
  readonly inputs: readonly ValueInfo[];
  /** How its card feeds it, where it has one. */
  readonly input: NetworkInput | undefined;
};

/**
 * What a name means: a slug, a net of ours with random weights, a file, an NN archive; a card made of stages has several
 * networks.
 *
 * @throws {ArcfaceError} as Zoo.ensure and openModelFile.
 */
export async function openBenchmarkModels(name: string, options: NodeOptions): Promise<BenchmarkModel[]> {
  const zoo = openNodeZoo(options);
  const { signal } = options;
  if (isModelFile(name) || isArchiveName(name)) {
    const { model, card } = await openModelFile(zoo, name, { signal });
    return [describe(name, prepareTflite(model, name), card?.model?.input)];
  }
  const models = await zoo.ensure([name], signal ? { signal } : {});
  return [...models.values()].flatMap(({ card, model }) =>
    model ? [describe(card.slug, model, card.model?.input)] : [],
  );
}

function prepareTflite(bytes: Uint8Array, name: string): Uint8Array {
  return /\.tflite$/i.test(name) ? prepareModel(bytes, name).model : bytes;
}

function describe(name: string, bytes: Uint8Array, input: NetworkInput | undefined): BenchmarkModel {
  const model = decodeModel(bytes, name);
  return {
    name,
    bytes,
    precision: precisionOf(model),
    // An element type that the runtime cannot be fed is told by it.
    inputs: describeModel(model).inputs as ValueInfo[],
    input,
  };
}
