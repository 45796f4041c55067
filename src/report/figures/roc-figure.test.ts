import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { rocCurve } from "../../metrics/roc.ts";
import { rocFigure } from "./roc-figure.node.ts";

/** 1,000 impostors at 0 … 0.999 and as many genuine pairs at 0.5 … 1.499: TAR@1e-2 is 0.510, at 1e-3 0.501. */
const scores = Array.from({ length: 2000 }, (_, i) => (i < 1000 ? i / 1000 : (i - 1000) / 1000 + 0.5));
const curve = rocCurve({ scores, same: scores.map((_, i) => i >= 1000) });

function parse(svg: string) {
  const { document } = parseHTML(`<html><body>${svg}</body></html>`);
  return { document, texts: [...document.querySelectorAll("text")].map((text) => text.textContent) };
}

test("the figure is an SVG document with both axes named and two rates marked", () => {
  const svg = rocFigure(curve, { title: "LFW & friends", subtitle: "faceplugin/mobilefacenet" });
  expect(svg).toMatch(/^<svg[^>]* xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  const { document, texts } = parse(svg);
  expect(texts).toEqual(
    expect.arrayContaining([
      "False accept rate (FAR)",
      "True accept rate (TAR)",
      "LFW & friends",
      "faceplugin/mobilefacenet",
      "51.00 % at 1e-2",
      "50.10 % at 1e-3",
      "1e-3",
      "1e-2",
      "1e-1",
      "1",
    ]),
  );
  expect(document.querySelectorAll("circle")).toHaveLength(2);
});

test("the marks lie on a logarithmic axis: 1e-3 at its left end, 1e-2 a third on", () => {
  const { document } = parse(rocFigure(curve, { width: 640 }));
  const xs = [...document.querySelectorAll("circle")].map((circle) => Number(circle.getAttribute("cx")));
  // The axis runs from 76 to 640 − 20 over three decades.
  expect(xs.sort((a, b) => a - b)).toBeCloseToTensor([76, 76 + 544 / 3], { atol: 1.01 });
});

test("rates that the pairs cannot tell are not marked", () => {
  const few = rocCurve({ scores: [0.9, 0.8, 0.1, 0.7, 0.2], same: [true, true, false, true, false] });
  const { document, texts } = parse(rocFigure(few));
  expect(document.querySelectorAll("circle")).toHaveLength(0);
  expect(texts.some((text) => text?.includes(" at "))).toBe(false);
});
