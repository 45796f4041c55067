import type { Bytes } from "../bytes/stream.ts";
import { innerPath, leadsOut } from "../bytes/tar-names.ts";
import { ArcfaceError, expected } from "../errors.ts";
import type { NNArchiveConfig } from "./config.ts";
import { externalWeights } from "./external-weights.ts";
import { type ArchivePlatform, type ModelType, modelTypeOf, platformsOf } from "./model-type.ts";

/** A model and what is to be known to run it, as DepthAI's class of this name. Read one with `readArchive`. */
export class NNArchive {
  /** What errors call it. */
  readonly name: string;
  /** Every member but config.json, by its path in the archive. */
  readonly files: ReadonlyMap<string, Bytes>;
  readonly #config: NNArchiveConfig;

  /**
   * @throws {ArcfaceError} UNSUPPORTED_FORMAT where the model is not among the files, is an archive itself, or keeps
   *   weights in a file outside of it.
   */
  constructor(name: string, config: NNArchiveConfig, files: ReadonlyMap<string, Bytes>) {
    this.name = name;
    this.files = files;
    this.#config = config;
    const refuse = (what: string) => new ArcfaceError("UNSUPPORTED_FORMAT", `${name}: ${what}`);
    if (this.getModelType() === "NNARCHIVE") {
      throw refuse("NNArchive inside NNArchive is not supported. Please unpack the inner archive first.");
    }
    const { path } = config.model.metadata;
    if (!files.has(innerPath(path, name))) {
      throw refuse(`No model ${path} found in NNArchive ${name} | Please check your NNArchive.`);
    }
    const outside = this.getModelType() === "OTHER" && externalWeights(this.model).find(leadsOut);
    if (outside) throw refuse(`${path} points out of the archive for its weights: ${JSON.stringify(outside)}`);
  }

  getConfig(): NNArchiveConfig {
    return this.#config;
  }

  getConfigVersion(): string {
    return this.#config.config_version;
  }

  getModelType(): ModelType {
    return modelTypeOf(this.#config.model.metadata.path);
  }

  /**
   * @returns `null` for what is no image of four axes, NCHW or NHWC.
   * @throws {ArcfaceError} INVALID_ARGUMENT where there is no such input; UNSUPPORTED_FORMAT where its shape is below 0.
   */
  getInputSize(index = 0): readonly [width: number, height: number] | null {
    const { inputs } = this.#config.model;
    const input = inputs[index];
    if (!input) {
      throw expected(
        `${this.name}: Input index in NNArchive is out of bounds`,
        `0 to ${inputs.length - 1}`,
        `${index}`,
      );
    }
    const axes = { NCHW: [3, 2], NHWC: [2, 1] }[input.layout];
    if (!axes) return null;
    if (input.shape.some((size) => size < 0)) {
      throw new ArcfaceError("UNSUPPORTED_FORMAT", `${this.name}: Input shape must be positive in NNArchive`);
    }
    return [input.shape[axes[0]!]!, input.shape[axes[1]!]!];
  }

  getInputWidth(index = 0): number | null {
    return this.getInputSize(index)?.[0] ?? null;
  }

  getInputHeight(index = 0): number | null {
    return this.getInputSize(index)?.[1] ?? null;
  }

  /** Of a model that is not Luxonis' own format (there DepthAI names none): what ONNX Runtime runs on. */
  getSupportedPlatforms(): readonly ArchivePlatform[] {
    return platformsOf(this.getModelType());
  }

  /** The file that `metadata.path` names. */
  get model(): Bytes {
    return this.files.get(innerPath(this.#config.model.metadata.path, this.name))!;
  }
}
