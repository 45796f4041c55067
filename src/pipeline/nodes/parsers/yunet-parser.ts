import { ArcfaceError } from "../../../errors.ts";
import { nms } from "../../../geometry/box.ts";
import type { Detection } from "../../../geometry/detection.ts";
import { matchRoles } from "../../../parsers/match-roles.ts";
import type { Outputs, ParseOptions } from "../../../parsers/outputs.ts";
import { parseYunet, yunetRoles } from "../../../parsers/yunet.ts";
import { DetectionParser } from "./detection-parser.ts";
import { type HeadConfig, numbersOf } from "./head-config.ts";

/**
 * Reads YuNet as of March 2023: layers `cls_S`, `obj_S`, `bbox_S` and `kps_S` for each stride S, as parseYunet describes
 * them. Gives faces with five keypoints. The network of 2022 (loc, conf, iou) is not read.
 */
export class YuNetParser extends DetectionParser {
  #strides: readonly number[] = [8, 16, 32];

  constructor() {
    super({ confidence: 0.7, iou: 0.3, maxDetections: 5000, inputSize: [640, 640], labels: ["Face"] });
  }

  override getName(): string {
    return "YuNetParser";
  }

  override build(head: HeadConfig): this {
    this.#strides = numbersOf(head, "feat_stride_fpn", this.#strides);
    this.rolesOf(head.outputs);
    return super.build(head);
  }

  protected override rolesOf(layers: readonly string[]): Record<string, string> {
    const wanted = yunetRoles(this.#strides);
    const roles = matchRoles(wanted, layers);
    if (wanted.every((role) => roles[role] !== undefined)) return roles;
    throw new ArcfaceError(
      "UNSUPPORTED_FORMAT",
      `YuNetParser: expected layers ${wanted.join(", ")}, got ${layers.join(", ") || "none"}`,
    );
  }

  protected override find(outputs: Outputs, options: ParseOptions): Detection[] {
    return parseYunet(outputs, { ...options, strides: this.#strides });
  }

  protected override suppress(detections: readonly Detection[], iou: number): Detection[] {
    return nms(detections, iou);
  }
}
