/** `team/model`, `team/model:variant` or `team/model:variant:ref`: what may be asked of sources, and be a file's name. */
export function isAskable(slug: string): boolean {
  return /^[\w.-]+\/[\w.-]+(:[\w.-]+){0,2}$/.test(slug) && !/(^|[/:])\.+([/:]|$)/.test(slug);
}

/** `team/model:variant` of `team/model:variant:ref`. */
export function withoutRef(slug: string): string {
  return slug.split(":").slice(0, 2).join(":");
}
