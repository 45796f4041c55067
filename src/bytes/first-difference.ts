type Identity = Readonly<Record<string, unknown>>;

/** How what is there was made otherwise than wanted: "KEY as it is, not as wanted" of the first that differs; `null`: it was not. */
export function firstDifference(found: Identity, wanted: Identity): string | null {
  const keys = new Set([...Object.keys(found), ...Object.keys(wanted)]);
  const differing = [...keys].find((key) => found[key] !== wanted[key]);
  return differing === undefined ? null : `${differing} ${said(found[differing])}, not ${said(wanted[differing])}`;
}

function said(value: unknown): string {
  return value === undefined || value === null ? "as by default" : String(value);
}
