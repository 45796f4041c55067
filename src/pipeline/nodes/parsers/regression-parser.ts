import type { NNData } from "../../messages/nn-data.ts";
import { Predictions } from "../../messages/predictions.ts";
import { OneLayerParser } from "./base-parser.ts";
import type { HeadConfig } from "./head-config.ts";

/** Gives the numbers of one layer as they are. */
export class RegressionParser extends OneLayerParser<Predictions> {
  constructor() {
    super([Predictions]);
  }

  override getName(): string {
    return "RegressionParser";
  }

  override build(head: HeadConfig): this {
    this.takeOnlyOutput(head, "Only one output layer supported for Regression");
    return this;
  }

  protected override parse(answer: NNData): Predictions {
    return new Predictions(Array.from(this.layerOf(answer).data, Number));
  }
}
