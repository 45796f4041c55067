import { ArcfaceError } from "../../../errors.ts";
import type { Detection } from "../../../geometry/detection.ts";
import type { Outputs, ParseOptions } from "../../../parsers/outputs.ts";
import type { ImgDetection } from "../../messages/img-detection.ts";
import { ImgDetections, toImgDetection } from "../../messages/img-detections.ts";
import type { NNData } from "../../messages/nn-data.ts";
import { BaseParser } from "./base-parser.ts";
import { type HeadConfig, inputSizeOf, numberOf, stringsOf } from "./head-config.ts";

export type DetectionDefaults = {
  readonly confidence: number;
  readonly iou: number;
  readonly maxDetections: number;
  readonly inputSize: readonly [width: number, height: number];
  readonly labels: readonly string[];
};

/**
 * Parsers of detectors: what they share is here, what differs is which layers there are, how they are read and how
 * overlapping boxes are thinned out.
 *
 * Boxes and keypoints are clipped to the frame. All detections have label 0 and its name.
 */
export abstract class DetectionParser extends BaseParser<ImgDetections> {
  #confidence: number;
  #iou: number;
  #maxDetections: number;
  #inputSize: readonly [width: number, height: number];
  #labels: readonly string[];
  #layers: readonly string[] = [];

  constructor({ confidence, iou, maxDetections, inputSize, labels }: DetectionDefaults) {
    super([ImgDetections]);
    this.#confidence = confidence;
    this.#iou = iou;
    this.#maxDetections = maxDetections;
    this.#inputSize = inputSize;
    this.#labels = labels;
  }

  /** Names of the layers by role. @throws {ArcfaceError} UNSUPPORTED_FORMAT, MODEL_MISMATCH where some are missing. */
  protected abstract rolesOf(layers: readonly string[]): Readonly<Record<string, string>>;

  /** See the pure functions in src/parsers. */
  protected abstract find(outputs: Outputs, options: ParseOptions): Detection[];

  protected abstract suppress(detections: readonly Detection[], iou: number): Detection[];

  override build(head: HeadConfig): this {
    this.#layers = head.outputs;
    this.#confidence = numberOf(head, "conf_threshold", this.#confidence);
    this.#iou = numberOf(head, "iou_threshold", this.#iou);
    this.#maxDetections = numberOf(head, "max_det", this.#maxDetections);
    this.#labels = stringsOf(head, "classes", this.#labels);
    this.#inputSize = inputSizeOf(head) ?? this.#inputSize;
    return this;
  }

  /** Default: those of the head; without one, those of the answer. */
  setOutputLayerNames(layers: readonly string[]): this {
    this.#layers = layers;
    return this;
  }

  /** Detections surer than this, or just so sure, are kept. */
  setConfidenceThreshold(confidence: number): this {
    this.#confidence = confidence;
    return this;
  }

  getConfidenceThreshold(): number {
    return this.#confidence;
  }

  /** Of two boxes that overlap by more, the surer one is kept. */
  setIouThreshold(iou: number): this {
    this.#iou = iou;
    return this;
  }

  getIouThreshold(): number {
    return this.#iou;
  }

  /** Kept for who asks: as in DepthAI's parser, no detection is left out for it. */
  setMaxDetections(count: number): this {
    this.#maxDetections = count;
    return this;
  }

  getMaxDetections(): number {
    return this.#maxDetections;
  }

  /** The network's input. Default: what the head says. */
  setInputSize(width: number, height: number): this {
    this.#inputSize = [width, height];
    return this;
  }

  getInputSize(): readonly [width: number, height: number] {
    return this.#inputSize;
  }

  setLabelNames(labels: readonly string[]): this {
    this.#labels = labels;
    return this;
  }

  getLabelNames(): readonly string[] {
    return this.#labels;
  }

  protected override parse(answer: NNData): ImgDetections {
    const layers = this.#layers.length > 0 ? this.#layers : answer.getAllLayerNames();
    const outputs = Object.fromEntries(
      Object.entries(this.rolesOf(layers)).map(([role, layer]) => {
        if (answer.hasLayer(layer)) return [role, answer.getTensor(layer, true)];
        throw new ArcfaceError("MODEL_MISMATCH", `Layer ${layer} not found in the model output.`);
      }),
    );
    const [width, height] = this.#inputSize;
    const found = this.find(outputs, { width, height, scoreThreshold: this.#confidence });
    return new ImgDetections(this.suppress(found, this.#iou).map((one) => this.#toMessage(one)));
  }

  #toMessage(detection: Detection): ImgDetection {
    const found = toImgDetection(detection, ...this.#inputSize);
    return found.with({
      labelName: this.#labels[0] ?? "",
      xmin: clip(found.xmin),
      ymin: clip(found.ymin),
      xmax: clip(found.xmax),
      ymax: clip(found.ymax),
      keypoints: found.getKeypoints2f().map(({ x, y }) => ({ x: clip(x), y: clip(y) })),
    });
  }
}

function clip(fraction: number): number {
  return Math.min(Math.max(fraction, 0), 1);
}
