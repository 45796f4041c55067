import { NNData } from "../../messages/nn-data.ts";
import { OneLayerParser } from "./base-parser.ts";
import type { HeadConfig } from "./head-config.ts";

/**
 * Passes embeddings on as the network gives them, in the same message: not normalised, not reshaped. `getTensor(name)`
 * reads them.
 */
export class EmbeddingsParser extends OneLayerParser<NNData> {
  constructor() {
    super([NNData]);
  }

  override getName(): string {
    return "EmbeddingsParser";
  }

  override build(head: HeadConfig): this {
    this.takeOnlyOutput(head, "Embeddings head should have only one output layer");
    return this;
  }

  protected override parse(answer: NNData): NNData {
    return answer;
  }
}
