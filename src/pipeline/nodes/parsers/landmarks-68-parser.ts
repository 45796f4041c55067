import { parseKeypoints } from "../../../parsers/keypoints.ts";
import { Keypoints } from "../../messages/keypoints.ts";
import type { NNData } from "../../messages/nn-data.ts";
import { OneLayerParser } from "./base-parser.ts";
import type { HeadConfig } from "./head-config.ts";

/** Reads the 68 points of iBUG 300-W in a crop about one face: one layer of 136 fractions of the crop. */
export class Landmarks68Parser extends OneLayerParser<Keypoints> {
  constructor() {
    super([Keypoints]);
  }

  override getName(): string {
    return "Landmarks68Parser";
  }

  override build(head: HeadConfig): this {
    this.takeOnlyOutput(head, "Landmarks68 head should have only one output layer");
    return this;
  }

  protected override parse(answer: NNData): Keypoints {
    const values = Array.from(this.layerOf(answer).data, Number);
    return new Keypoints(parseKeypoints(values, 68, 1));
  }
}
