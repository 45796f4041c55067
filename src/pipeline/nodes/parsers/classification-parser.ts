import { parseClassification } from "../../../parsers/classification.ts";
import { Classifications } from "../../messages/classifications.ts";
import type { NNData } from "../../messages/nn-data.ts";
import { OneLayerParser } from "./base-parser.ts";
import { booleanOf, type HeadConfig, stringsOf } from "./head-config.ts";

/** Reads a classifier of one layer with a number a class. */
export class ClassificationParser extends OneLayerParser<Classifications> {
  #classes: readonly string[] = [];
  #isSoftmax = true;

  constructor() {
    super([Classifications]);
  }

  override getName(): string {
    return "ClassificationParser";
  }

  override build(head: HeadConfig): this {
    this.takeOnlyOutput(head, "Only one output layer supported for Classification");
    this.#classes = stringsOf(head, "classes", this.#classes);
    this.#isSoftmax = booleanOf(head, "is_softmax", this.#isSoftmax);
    return this;
  }

  /** In the order of the layer's numbers. Where there are none they are called by their places: "0", "1" … */
  setClasses(classes: readonly string[]): this {
    this.#classes = classes;
    return this;
  }

  /** Are the layer's numbers probabilities already? Default true. */
  setSoftmax(isSoftmax: boolean): this {
    this.#isSoftmax = isSoftmax;
    return this;
  }

  protected override parse(answer: NNData): Classifications {
    const values = Array.from(this.layerOf(answer).data, Number);
    const classes = this.#classes.length > 0 ? this.#classes : values.map((_, i) => `${i}`);
    const found = parseClassification(values, classes, this.#isSoftmax);
    return new Classifications(
      found.map(({ name }) => name),
      found.map(({ score }) => score),
    );
  }
}
