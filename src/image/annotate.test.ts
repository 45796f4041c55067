import { expect, test } from "vitest";
import { annotateFaces } from "./annotate.ts";
import { type FaceMark, personColour, textColour } from "./mark-layout.ts";
import { textWidth } from "./svg-text.ts";

/** Every plate: where it lies, what it says. */
function platesOf(svg: string) {
  const plate =
    /<rect x="([-\d.]+)" y="([-\d.]+)" width="([\d.]+)" height="([\d.]+)"[^>]*\/>\n<text[^>]*font-size="([\d.]+)"[^>]*>([^<]*)</g;
  return [...svg.matchAll(plate)].map(([, x, y, w, h, size, text]) => {
    return { x: Number(x), y: Number(y), w: Number(w), h: Number(h), size: Number(size), text: text! };
  });
}

const face = (box: FaceMark["box"], more: Partial<FaceMark> = {}): FaceMark => ({ box, label: "Ada", ...more });

test("the SVG has the image's size, a box with its rim a face, and a dot a landmark", () => {
  const svg = annotateFaces(640, 480, [
    face([100, 100, 200, 220], {
      landmarks: [
        [130, 140],
        [170, 141],
      ],
    }),
    { box: [300, 90, 380, 190] },
  ]);
  expect(svg).toContain('<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480" viewBox="0 0 640 480">');
  expect(svg.match(/fill="none"/g)).toHaveLength(4);
  expect(svg.match(/<circle/g)).toHaveLength(2);
  expect(svg).toContain('<rect x="100" y="100" width="100" height="120"'); // edges of pixels, as SVG counts
  expect(svg).toContain('cx="130.5" cy="140.5"'); // the centre of pixel (130, 140)
  expect(platesOf(svg).map(({ text }) => text)).toEqual(["Ada"]);
});

test.each<[string, FaceMark["box"]]>([
  ["in the middle", [300, 200, 360, 280]],
  ["at the top left", [-20, -30, 40, 50]],
  ["at the bottom right", [600, 420, 700, 560]],
  ["as large as the picture", [0, 0, 640, 480]],
  ["wholly outside", [900, 900, 950, 960]],
  ["of no size", [50, 50, 50, 50]],
])("the plate of a face %s lies within the picture", (_, box) => {
  const [plate] = platesOf(
    annotateFaces(640, 480, [face(box, { label: "Johann Gambolputty de von Ausfern", note: "0.87" })]),
  );
  expect(plate!.x).toBeGreaterThanOrEqual(0);
  expect(plate!.y).toBeGreaterThanOrEqual(0);
  expect(plate!.x + plate!.w).toBeLessThanOrEqual(640.01); // two decimals
  expect(plate!.y + plate!.h).toBeLessThanOrEqual(480.01);
  expect(textWidth(plate!.text, plate!.size)).toBeLessThan(plate!.w);
  expect(plate!.text).toMatch(/^Johann.* 0\.87$/);
});

test("a picture of a few pixels gets no text that it has no room for", () => {
  expect(platesOf(annotateFaces(8, 8, [face([1, 1, 7, 7])]))).toEqual([]);
});

test("names are escaped", () => {
  const svg = annotateFaces(640, 480, [face([300, 200, 420, 330], { label: `</text><script>"&'` })]);
  expect(svg).not.toContain("<script");
  expect(svg).toContain("&lt;/text&gt;");
});

test("plates of faces side by side do not cover each other", () => {
  const row = [0, 1, 2, 3].map((k) =>
    face([100 + 70 * k, 200, 160 + 70 * k, 270], { label: "Wolfgang", note: "0.91" }),
  );
  const plates = platesOf(annotateFaces(640, 480, row));
  expect(plates).toHaveLength(4);
  for (const [i, a] of plates.entries()) {
    for (const b of plates.slice(i + 1)) {
      const shared =
        Math.min(a.x + a.w, b.x + b.w) > Math.max(a.x, b.x) + 1 &&
        Math.min(a.y + a.h, b.y + b.h) > Math.max(a.y, b.y) + 1;
      expect(shared).toBe(false);
    }
  }
});

test("lines and letters scale with the picture", () => {
  const small = annotateFaces(400, 300, [face([100, 100, 200, 200])]);
  const large = annotateFaces(4000, 3000, [face([1000, 1000, 2000, 2000])]);
  expect(platesOf(large)[0]!.size).toBeCloseTo(10 * platesOf(small)[0]!.size, 1);
});

test("a person keeps a colour, seven people have seven, and text on each is readable", () => {
  expect(personColour(9)).toBe(personColour(2));
  expect(personColour(-1)).toBe(personColour(6));
  const colours = [0, 1, 2, 3, 4, 5, 6].map(personColour);
  expect(new Set(colours).size).toBe(7);
  for (const colour of colours) {
    const contrast = [luminance(colour), luminance(textColour(colour))]
      .sort((a, b) => b - a)
      .map((level) => level + 0.05);
    expect(contrast[0]! / contrast[1]!).toBeGreaterThan(3); // WCAG's bound for large or bold text
  }
});

/** WCAG's relative luminance. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const level = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

test("the same faces give the same SVG", () => {
  const faces = [face([100, 100, 200, 220]), face([300, 90, 380, 190])];
  expect(annotateFaces(640, 480, faces)).toBe(annotateFaces(640, 480, faces));
});
