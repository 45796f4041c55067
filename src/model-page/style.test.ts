import { expect, test } from "vitest";
import { STYLE } from "./style.ts";

/** WCAG 2's relative luminance of #rrggbb. */
function luminance(color: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const c = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light! + 0.05) / (dark! + 0.05);
}

const colors = (block: string): Record<string, string> =>
  Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name, color]) => [name!, color!]));

const [light, dark] = [...STYLE.matchAll(/:root \{([^}]*)\}/g)].slice(0, 2).map(([, block]) => colors(block!));

test.each([
  ["light", light!],
  ["dark", dark!],
])(
  "every text has a contrast of 4.5 : 1 or more, when it is %s",
  (_, { ground, raised, code, warm, ink, soft, accent }) => {
    for (const behind of [ground, raised, code, warm]) expect(contrast(ink!, behind!)).toBeGreaterThanOrEqual(4.5);
    for (const behind of [ground, raised]) {
      expect(contrast(soft!, behind!)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(accent!, behind!)).toBeGreaterThanOrEqual(4.5);
    }
  },
);
