const plain = new Intl.NumberFormat("en");

/** A count as people write it: 5.1 million and 93K where it was rounded already, 360,232 where it is exact. */
export function formatCount(count: number): string {
  if (count >= 1e6 && count % 1e4 === 0) return `${count / 1e6} million`;
  if (count >= 5e4 && count % 1000 === 0) return `${count / 1000}K`;
  return plain.format(count);
}

/** Every digit, in groups of three. */
export function formatExact(count: number): string {
  return plain.format(count);
}

/** Four digits and a prefix: 12.09 G. */
export function formatScaled(count: number): string {
  const prefixes = [[1e9, " G"] as const, [1e6, " M"] as const, [1e3, " k"] as const];
  const [unit, prefix] = prefixes.find(([size]) => count >= size) ?? [1, ""];
  return `${Number((count / unit).toPrecision(4))}${prefix}`;
}

/** Megabytes, as the makers of disks count them. */
export function formatBytes(byteLength: number): string {
  return byteLength < 1e6 ? `${formatExact(byteLength)} bytes` : `${(byteLength / 1e6).toFixed(1)} MB`;
}

/** `[1, 3, 112, 112]`; a side that is not fixed is −1 in a card, and `?` here. */
export function formatShape(shape: readonly number[]): string {
  return `[${shape.map((side) => (side < 0 ? "?" : side)).join(", ")}]`;
}

/** Metrics whose value a card gives as a share, 0–1. */
const SHARES = /^(accuracy|AP|TAR|TPIR|VAL|MR-ALL|recall|precision)\b/i;

export function formatMetric(metric: string, value: number, std?: number): string {
  if (!SHARES.test(metric)) return std === undefined ? `${value}` : `${value} ± ${std}`;
  const percent = (share: number): string => (share * 100).toFixed(2);
  return std === undefined ? `${percent(value)} %` : `${percent(value)} ± ${percent(std)} %`;
}
