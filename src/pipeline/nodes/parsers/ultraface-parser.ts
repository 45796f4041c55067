import { nms } from "../../../geometry/box.ts";
import type { Detection } from "../../../geometry/detection.ts";
import { matchRoles } from "../../../parsers/match-roles.ts";
import type { Outputs, ParseOptions } from "../../../parsers/outputs.ts";
import { parseUltraface } from "../../../parsers/ultraface.ts";
import { DetectionParser } from "./detection-parser.ts";

/** Reads UltraFace, as parseUltraface describes it: layers `scores` and `boxes`. Gives faces without keypoints. */
export class UltraFaceParser extends DetectionParser {
  constructor() {
    super({ confidence: 0.6, iou: 0.4, maxDetections: 100, inputSize: [320, 240], labels: ["Face"] });
  }

  override getName(): string {
    return "UltraFaceParser";
  }

  protected override rolesOf(layers: readonly string[]): Record<string, string> {
    return matchRoles(["scores", "boxes"], layers);
  }

  protected override find(outputs: Outputs, options: ParseOptions): Detection[] {
    return parseUltraface(outputs, options);
  }

  protected override suppress(detections: readonly Detection[], iou: number): Detection[] {
    return nms(detections, iou);
  }
}
