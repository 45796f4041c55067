import { expect, test } from "vitest";
import { coordinate, escapeXml, fitText, textWidth } from "./svg-text.ts";

test("text is escaped for XML, and what XML cannot hold becomes a space", () => {
  expect(escapeXml(`<b> & "x" 'y'`)).toBe("&lt;b&gt; &amp; &quot;x&quot; &apos;y&apos;");
  expect(escapeXml("a\u0000b\u0007c\ufffed\ud800e")).toBe("a b c d e");
  expect(escapeXml("Zoë 李 😀")).toBe("Zoë 李 😀");
});

test("widths are DejaVu Sans Bold's and grow with the size", () => {
  expect(textWidth("A", 1000)).toBe(773);
  expect(textWidth(" ~", 1000)).toBe(348 + 837);
  expect(textWidth("Ada", 20)).toBeCloseTo(((773 + 715 + 674) * 20) / 1000, 9);
  expect(textWidth("ü", 1000)).toBe(textWidth("u", 1000));
  expect(textWidth("李", 10)).toBe(8.5);
  expect(textWidth("", 10)).toBe(0);
});

test("text that is too wide is cut with an ellipsis, and never beyond the width", () => {
  expect(fitText("Ada", 10, 100)).toBe("Ada");
  const cut = fitText("Wolfgang Amadeus Mozart", 10, 80);
  expect(cut).toBe("Wolfgang A…");
  expect(textWidth(cut, 10)).toBeLessThanOrEqual(80);
  expect(fitText("Ada", 10, 3)).toBe("");
  expect(fitText("😀😀😀", 10, 20)).toBe("😀…"); // whole characters, no half pairs
});

test("coordinates have two decimals at most", () => {
  expect([coordinate(1 / 3), coordinate(5), coordinate(-0.004)]).toEqual(["0.33", "5", "0"]);
});
