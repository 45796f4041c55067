import type { Identified } from "../evaluate/evaluation.ts";
import { type OpenSetCurve, openSetCurve } from "../metrics/identification.ts";

/** TPIR against FPIR; `null` where all probes are of enrolled people, or none is. */
export function openSetCurveOf({ probes }: Identified): OpenSetCurve | null {
  const { mate, rank, mateScore, nearestScore } = probes;
  const known = mate.filter((one) => one !== null).length;
  if (known === 0 || known === mate.length) return null;
  // A missed probe of an enrolled person has no rank: it is never the first.
  const place = mate.map((one, i) => (one === null ? 0 : (rank[i] ?? Number.MAX_SAFE_INTEGER)));
  return openSetCurve({ rank: place, mate: mateScore.map((score) => score ?? -1), rival: nearestScore });
}
