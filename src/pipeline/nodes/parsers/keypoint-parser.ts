import { ArcfaceError } from "../../../errors.ts";
import { parseKeypoints } from "../../../parsers/keypoints.ts";
import { Keypoints } from "../../messages/keypoints.ts";
import type { NNData } from "../../messages/nn-data.ts";
import { OneLayerParser } from "./base-parser.ts";
import { type HeadConfig, numberOf } from "./head-config.ts";

/** Reads a list of points of two or three coordinates, which `scale_factor` turns into fractions of the frame. */
export class KeypointParser extends OneLayerParser<Keypoints> {
  #numKeypoints = 0;
  #scaleFactor = 1;

  constructor() {
    super([Keypoints]);
  }

  override getName(): string {
    return "KeypointParser";
  }

  override build(head: HeadConfig): this {
    this.takeOnlyOutput(head, "Only one output layer supported for Keypoints");
    this.#scaleFactor = numberOf(head, "scale_factor", this.#scaleFactor);
    return this.setNumKeypoints(numberOf(head, "n_keypoints", this.#numKeypoints));
  }

  /** @throws {ArcfaceError} UNSUPPORTED_FORMAT where it is no whole number above 0. */
  setNumKeypoints(count: number): this {
    if (!(Number.isInteger(count) && count > 0)) {
      throw new ArcfaceError("UNSUPPORTED_FORMAT", `KeypointParser: expected n_keypoints of 1 or more, got ${count}`);
    }
    this.#numKeypoints = count;
    return this;
  }

  /** What the layer's numbers are divided by: the input's size where they are pixels. Default 1. */
  setScaleFactor(scale: number): this {
    this.#scaleFactor = scale;
    return this;
  }

  protected override parse(answer: NNData): Keypoints {
    const values = Array.from(this.layerOf(answer).data, Number);
    return new Keypoints(parseKeypoints(values, this.#numKeypoints, this.#scaleFactor));
  }
}
