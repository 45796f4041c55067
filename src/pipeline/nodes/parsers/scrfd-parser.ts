import { ArcfaceError } from "../../../errors.ts";
import { nms } from "../../../geometry/box.ts";
import type { Detection } from "../../../geometry/detection.ts";
import { matchRoles } from "../../../parsers/match-roles.ts";
import type { Outputs, ParseOptions } from "../../../parsers/outputs.ts";
import { parseScrfd } from "../../../parsers/scrfd.ts";
import { DetectionParser } from "./detection-parser.ts";
import { type HeadConfig, numberOf, numbersOf } from "./head-config.ts";

const KINDS = ["score", "bbox", "kps"] as const;

/**
 * Reads SCRFD: layers `score_S`, `bbox_S` and `kps_S` for each stride S, as parseScrfd describes them; layers of other
 * names are taken by position, all scores first. Gives faces with five keypoints.
 *
 * As DepthAI's parser of this name, but for two things: the input's size is the network's own, where the head tells
 * (theirs is 640×640 unless set); and a keypoint at the centre of pixel x is the fraction (x + ½) / width (theirs
 * x / width), as everywhere here.
 */
export class SCRFDParser extends DetectionParser {
  #strides: readonly number[] = [8, 16, 32];
  #numAnchors = 2;

  constructor() {
    super({ confidence: 0.5, iou: 0.5, maxDetections: 100, inputSize: [640, 640], labels: ["Face"] });
  }

  override getName(): string {
    return "SCRFDParser";
  }

  override build(head: HeadConfig): this {
    const [scores, boxes, points] = KINDS.map((kind) => head.outputs.filter((name) => name.includes(kind)).length);
    if (scores !== boxes || boxes !== points) {
      throw new ArcfaceError(
        "UNSUPPORTED_FORMAT",
        `Number of score, bbox, and kps layers should be equal, got ${scores}, ${boxes}, and ${points} layers.`,
      );
    }
    this.#strides = numbersOf(head, "feat_stride_fpn", this.#strides);
    this.#numAnchors = numberOf(head, "num_anchors", this.#numAnchors);
    return super.build(head);
  }

  setFeatStrideFPN(strides: readonly number[]): this {
    this.#strides = strides;
    return this;
  }

  getFeatStrideFPN(): readonly number[] {
    return this.#strides;
  }

  /** Anchors in a cell. */
  setNumAnchors(count: number): this {
    this.#numAnchors = count;
    return this;
  }

  getNumAnchors(): number {
    return this.#numAnchors;
  }

  protected override rolesOf(layers: readonly string[]): Record<string, string> {
    const wanted = KINDS.flatMap((kind) => this.#strides.map((stride) => `${kind}_${stride}`));
    const roles = matchRoles(wanted, layers);
    const missing = wanted.find((role) => roles[role] === undefined);
    if (missing === undefined) return roles;
    throw new ArcfaceError("MODEL_MISMATCH", `Layer ${missing} not found in the model output.`);
  }

  protected override find(outputs: Outputs, options: ParseOptions): Detection[] {
    return parseScrfd(outputs, { ...options, strides: this.#strides, anchorsPerCell: this.#numAnchors });
  }

  protected override suppress(detections: readonly Detection[], iou: number): Detection[] {
    return nms(detections, iou, { inclusive: true });
  }
}
