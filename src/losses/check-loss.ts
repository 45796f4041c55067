import { checkFields, expected } from "../errors.ts";
import type { LossSpec } from "./loss.ts";

const POSITIVE = [(x: number) => x > 0 && Number.isFinite(x), "a number above 0"] as const;
const NOT_NEGATIVE = [(x: number) => x >= 0 && Number.isFinite(x), "a number of 0 or more"] as const;

type Rule = readonly [holds: (x: number) => boolean, what: string];

const RULES: { readonly [field in keyof LossSpec]?: Rule } = {
  s: POSITIVE,
  subCenters: [(x) => Number.isInteger(x) && x >= 1, "a whole number of 1 or more"],
  interclassFilteringThreshold: [(x) => x >= 0 && x <= 1, "a cosine from 0 to 1"],
  sampleRate: [(x) => x > 0 && x <= 1, "a share above 0, up to 1"],
  intra: NOT_NEGATIVE,
  inter: NOT_NEGATIVE,
};

const FIELDS: Readonly<Record<keyof LossSpec, true>> = {
  kind: true,
  marginList: true,
  s: true,
  gradient: true,
  subCenters: true,
  interclassFilteringThreshold: true,
  sampleRate: true,
  intra: true,
  inter: true,
  triplet: true,
};

/** Fields that are spoken of in cosines. */
const OF_COSINES = [
  "marginList",
  "s",
  "gradient",
  "subCenters",
  "interclassFilteringThreshold",
  "intra",
  "inter",
] as const;

/** @throws {ArcfaceError} INVALID_ARGUMENT where a field is unknown, out of its range, or does not go with another. */
export function checkLoss(spec: LossSpec): void {
  checkFields("loss", spec, FIELDS);
  for (const [field, [holds, what]] of Object.entries(RULES) as [keyof LossSpec, Rule][]) {
    const value = spec[field] as number | undefined;
    if (value !== undefined && !holds(value)) throw expected(`loss: ${field}`, what, `${value}`);
  }
  if (spec.kind !== "margin" && spec.kind !== "softmax")
    throw expected("loss: kind", "margin or softmax", `${spec.kind}`);
  const { marginList, gradient, triplet } = spec;
  if (marginList && !(Array.isArray(marginList) && marginList.length === 3 && marginList.every(Number.isFinite)))
    throw expected("loss: marginList", "three numbers (m1, m2, m3)", `[${[marginList].flat().join(", ")}]`);
  if (gradient !== undefined && gradient !== "exact" && gradient !== "straight-through")
    throw expected("loss: gradient", "exact or straight-through", `${gradient}`);
  if (triplet) checkFields("loss: triplet", triplet, { weight: true, margin: true });
  if (triplet && !(NOT_NEGATIVE[0](triplet.weight) && NOT_NEGATIVE[0](triplet.margin)))
    throw expected("loss: triplet", "a weight and a margin of 0 or more", JSON.stringify(triplet));
  const strange = spec.kind === "softmax" ? OF_COSINES.find((field) => spec[field] !== undefined) : undefined;
  if (strange) throw expected("loss", `no ${strange} beside kind softmax, which has no cosines`, `${spec[strange]}`);
  if (spec.inter && (spec.subCenters ?? 1) > 1)
    throw expected("loss: inter", "one centre a class", `subCenters ${spec.subCenters}`);
}
