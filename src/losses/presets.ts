import type { LossSpec } from "./loss.ts";

/**
 * Losses by their papers' names.
 * Source: margins of ArcFace (arXiv:1801.07698v4, table 2) and of insightface's configurations (CosFace 0.4).
 */
export const LOSSES = {
  arcface: { kind: "margin", marginList: [1, 0.5, 0] },
  cosface: { kind: "margin", marginList: [1, 0, 0.4] },
  sphereface: { kind: "margin", marginList: [1.35, 0, 0] },
  combined: { kind: "margin", marginList: [1, 0.3, 0.2] },
  "norm-softmax": { kind: "margin", marginList: [1, 0, 0] },
  softmax: { kind: "softmax" },
} as const satisfies Record<string, LossSpec>;
