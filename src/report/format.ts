/** A fraction in percent, two places. */
export function percent(rate: number): string {
  return `${(100 * rate).toFixed(2)} %`;
}

/** A span of fractions in percent, both ends. */
export function span([low, high]: readonly [number, number]): string {
  return `${(100 * low).toFixed(2)} to ${(100 * high).toFixed(2)} %`;
}

/** A difference of fractions, in points of percent, with its sign. */
export function points(difference: number): string {
  const text = (100 * Math.abs(difference)).toFixed(2);
  return text === "0.00" ? "0.00" : `${difference < 0 ? "−" : "+"}${text}`;
}

export function cosine(score: number): string {
  return score.toFixed(3).replace("-", "−");
}

export function count(n: number, one: string, many: string = `${one}s`): string {
  return `${thousands(n)} ${n === 1 ? one : many}`;
}

export function thousands(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

export function duration(seconds: number): string {
  if (seconds < 90) return `${seconds.toFixed(1)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
