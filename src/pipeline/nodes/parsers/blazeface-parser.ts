import { weightedNms } from "../../../geometry/box.ts";
import type { Detection } from "../../../geometry/detection.ts";
import { parseBlazeface } from "../../../parsers/blazeface.ts";
import { matchRoles } from "../../../parsers/match-roles.ts";
import type { Outputs, ParseOptions } from "../../../parsers/outputs.ts";
import { DetectionParser } from "./detection-parser.ts";

/**
 * Reads MediaPipe's full-range BlazeFace, as parseBlazeface describes it: layers `scores` and `regressors`. Gives faces
 * with five keypoints, of which the mouth's corners are rough.
 */
export class BlazeFaceParser extends DetectionParser {
  constructor() {
    super({ confidence: 0.5, iou: 0.3, maxDetections: 100, inputSize: [192, 192], labels: ["Face"] });
  }

  override getName(): string {
    return "BlazeFaceParser";
  }

  protected override rolesOf(layers: readonly string[]): Record<string, string> {
    return matchRoles(["scores", "regressors"], layers);
  }

  protected override find(outputs: Outputs, options: ParseOptions): Detection[] {
    return parseBlazeface(outputs, options);
  }

  protected override suppress(detections: readonly Detection[], iou: number): Detection[] {
    return weightedNms(detections, iou);
  }
}
