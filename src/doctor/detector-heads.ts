import { ArcfaceError } from "../errors.ts";
import type { ValueInfo } from "../host/host.ts";
import { scrfdRoles } from "../parsers/scrfd.ts";
import { yunetRoles } from "../parsers/yunet.ts";

/** How a detector's outputs are read: its parser, and their names by the roles that the parser gives them. */
export type DetectorHeads = {
  readonly parser: "scrfd" | "yunet" | "blazeface" | "ultraface";
  readonly outputs: Readonly<Record<string, string>>;
};

/**
 * Which detector has such outputs? By their names where they say it, else by how many there are and their last dimension.
 *
 * @returns `null` where they are none that we can read.
 */
export function recognizeHeads(outputs: readonly ValueInfo[]): DetectorHeads | null {
  const names = outputs.map(({ name }) => name);
  const widths = outputs.map(({ shape }) => shape.at(-1));
  const named = (roles: readonly string[]): boolean => roles.every((role) => names.includes(role));
  const byName = (roles: readonly string[]) => Object.fromEntries(roles.map((role) => [role, role]));
  const ofWidth = (width: number): string | undefined => names[widths.indexOf(width)];

  if (named(yunetRoles())) return { parser: "yunet", outputs: byName(yunetRoles()) };
  if (names.includes("score_8")) {
    return { parser: "scrfd", outputs: byName(names.filter((name) => /^(score|bbox|kps)_\d+$/.test(name))) };
  }
  if (outputs.length === 2) {
    const [boxes, two, regressors, one] = [4, 2, 16, 1].map(ofWidth);
    if (boxes && two) return { parser: "ultraface", outputs: { scores: two, boxes } };
    if (regressors && one) return { parser: "blazeface", outputs: { scores: one, regressors } };
    return null;
  }
  const roles = rolesByCount(outputs.length);
  const widthOf: Readonly<Record<string, number>> = { score: 1, bbox: 4, kps: 10 };
  const fits = roles?.every((role, i) => widths[i] === widthOf[role.split("_")[0]!]);
  return roles && fits
    ? { parser: "scrfd", outputs: Object.fromEntries(roles.map((role, i) => [role, names[i]!])) }
    : null;
}

function rolesByCount(count: number): string[] | null {
  try {
    return scrfdRoles(count);
  } catch (error) {
    if (error instanceof ArcfaceError) return null;
    throw error;
  }
}
