import { type ArcfaceError, expected } from "../errors.ts";

/** What people call a model: `team/model` or `team/model:variant`. */
export type Slug = { readonly team: string; readonly model: string; readonly variant: string | null };

const PART = "[A-Za-z0-9][A-Za-z0-9._-]*";

export const SLUG_PATTERN: RegExp = new RegExp(`^(${PART})/(${PART})(?::(${PART}))?$`);

/** @throws {ArcfaceError} INVALID_ARGUMENT */
export function parseSlug(text: string): Slug {
  const [, team, model, variant] = SLUG_PATTERN.exec(text) ?? [];
  if (team === undefined || model === undefined) throw notASlug(text);
  return { team, model, variant: variant ?? null };
}

export function notASlug(text: string, hint: string = "`arcface models list` shows the names"): ArcfaceError {
  return expected("zoo", "team/model or team/model:variant", JSON.stringify(text), hint);
}

export function formatSlug({ team, model, variant }: Slug): string {
  return variant === null ? `${team}/${model}` : `${team}/${model}:${variant}`;
}

/**
 * The known slugs that somebody who typed `wanted` may have meant, nearest first: those a few letters away,
 * and those that hold what was typed or share its model.
 */
export function nearestSlugs(wanted: string, known: readonly string[], count = 3): string[] {
  const typed = wanted.toLowerCase();
  const model = typed.split(/[/:]/)[1] ?? typed;
  const limit = Math.max(2, Math.floor(typed.length / 4));
  return known
    .map((slug) => {
      const name = slug.toLowerCase();
      const related = name.includes(typed) || (model.length > 2 && name.includes(model));
      return { slug, distance: editDistance(typed, name), related };
    })
    .filter(({ distance, related }) => related || distance <= limit)
    .sort((a, b) => a.distance - b.distance || a.slug.localeCompare(b.slug))
    .slice(0, count)
    .map(({ slug }) => slug);
}

/** Levenshtein: insertions, deletions and replacements that lead from `a` to `b`. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}

/**
 * A name as DepthAI takes it: `[team/]model[:variant][:ref]`. Anything splits, and what is missing is empty: names that
 * are typed here are checked by parseSlug, those that go to the Luxonis hub are the hub's to judge.
 *
 * Source: `SlugComponents`, depthai-core src/modelzoo/Zoo.cpp.
 */
export class SlugComponents {
  teamName: string;
  modelSlug: string;
  modelVariantSlug: string;
  modelRef: string;

  constructor({ teamName = "", modelSlug = "", modelVariantSlug = "", modelRef = "" }: Partial<SlugParts> = {}) {
    this.teamName = teamName;
    this.modelSlug = modelSlug;
    this.modelVariantSlug = modelVariantSlug;
    this.modelRef = modelRef;
  }

  /** A slash before the first colon ends the team; a fourth part and those after it are passed over. */
  static split(slug: string): SlugComponents {
    const [name = "", modelVariantSlug = "", modelRef = ""] = slug.split(":");
    const slash = name.indexOf("/");
    const teamName = slash === -1 ? "" : name.slice(0, slash);
    return new SlugComponents({ teamName, modelSlug: name.slice(slash + 1), modelVariantSlug, modelRef });
  }

  /** Empty parts are left out. */
  merge(): string {
    const team = this.teamName === "" ? "" : `${this.teamName}/`;
    const rest = [this.modelVariantSlug, this.modelRef].filter((part) => part !== "");
    return [`${team}${this.modelSlug}`, ...rest].join(":");
  }
}

export type SlugParts = Pick<SlugComponents, "teamName" | "modelSlug" | "modelVariantSlug" | "modelRef">;
