import { ArcfaceError, expected } from "../../../errors.ts";
import type { Tensor } from "../../../tensor/tensor.ts";
import type { Buffer, MessageType } from "../../messages/buffer.ts";
import type { ImgTransformation } from "../../messages/img-transformation.ts";
import { NNData } from "../../messages/nn-data.ts";
import type { Output } from "../../output.ts";
import { ThreadedHostNode } from "../../threaded-host-node.ts";
import type { HeadConfig } from "./head-config.ts";

/** A message that can say how its frame came about. */
type Transformable = Buffer & { setTransformation(transformation: ImgTransformation | null): unknown };

/**
 * What a network's outputs mean, as a message. Own parsers derive from it: `build` reads an archive's head, `parse` reads
 * one answer. ParsingNeuralNetwork makes them by the name that a head gives.
 */
export abstract class BaseParser<Out extends Buffer = Buffer> extends ThreadedHostNode {
  readonly input = this.createInput<NNData>({ name: "input", types: [NNData] });
  readonly out: Output<Out>;

  /** @param types what it makes; anything where it is left out. */
  constructor(types: readonly MessageType<Out>[] = []) {
    super();
    this.out = this.createOutput<Out>({ name: "out", types });
  }

  /** @throws {ArcfaceError} UNSUPPORTED_FORMAT where the head says what the parser cannot read. */
  abstract build(head: HeadConfig): this | Promise<this>;

  /**
   * @returns the message, or the answer itself; timestamps, sequence number and transformation are carried over.
   * @throws {ArcfaceError} MODEL_MISMATCH where the answer is not what the parser reads.
   */
  protected abstract parse(answer: NNData): Out | Promise<Out>;

  protected override async run(): Promise<void> {
    while (this.mainLoop()) {
      const answer = await this.input.get();
      const message: Buffer = await this.parse(answer);
      if (message !== answer) {
        message.setStampsOf(answer);
        if (isTransformable(message)) message.setTransformation(answer.getTransformation());
      }
      await this.out.send(message as Out);
    }
  }
}

const isTransformable = (message: Buffer): message is Transformable => "setTransformation" in message;

/** A parser of one layer. */
export abstract class OneLayerParser<Out extends Buffer> extends BaseParser<Out> {
  #layer: string | null = null;

  /** The layer that it reads. Default: that of the head; without one, the only layer of the answer. */
  setOutputLayerNames(layer: string): this {
    this.#layer = layer;
    return this;
  }

  getOutputLayerNames(): string | null {
    return this.#layer;
  }

  /** @param sentence what is said where there is not exactly one. */
  protected takeOnlyOutput({ outputs }: HeadConfig, sentence: string): void {
    if (outputs.length !== 1) {
      throw new ArcfaceError("UNSUPPORTED_FORMAT", `${sentence}, got ${outputs.join(", ") || "none"}`);
    }
    this.#layer = outputs[0]!;
  }

  /** The layer's values, dequantised. @throws {ArcfaceError} NOT_FOUND where the answer has no such layer. */
  protected layerOf(answer: NNData): Tensor {
    const names = answer.getAllLayerNames();
    if (this.#layer === null && names.length !== 1) {
      throw expected(
        this.getName(),
        "one output layer, or its name by setOutputLayerNames",
        names.join(", ") || "none",
      );
    }
    return answer.getTensor(this.#layer ?? names[0]!, true);
  }
}
