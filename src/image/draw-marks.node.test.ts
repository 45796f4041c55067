import { expect, test } from "vitest";
import { drawFaces, drawSvg } from "../host/rasterize.node.ts";
import { drawMarks } from "./draw-marks.ts";
import { createGlyphs } from "./glyphs.ts";
import { createImage, type Image } from "./image.ts";
import { type FaceMark, layOutMarks } from "./mark-layout.ts";

const glyphs = createGlyphs(drawSvg);

function wall(): Image {
  const image = createImage(960, 540);
  for (let at = 0; at < image.data.length; at++) image.data[at] = 90 + ((at * 7) % 60);
  return image;
}

const faces: FaceMark[] = [
  {
    box: [200.4, 150.2, 320.7, 300.9],
    landmarks: [
      [240, 200],
      [285.5, 198.2],
      [262, 225],
      [245, 255],
      [280, 254],
    ],
    label: "Ada Lovelace",
    note: "0.87",
    person: 1,
  },
  { box: [600, 100, 720, 260], label: "Müller", person: 4 },
];

/** How many pixels of a box differ by more than `levels` in any colour. */
function differing(a: Image, b: Image, [x0, y0, x1, y1]: readonly number[], levels: number): number {
  let count = 0;
  for (let y = Math.ceil(y0!); y < Math.floor(y1!); y++) {
    for (let x = Math.ceil(x0!); x < Math.floor(x1!); x++) {
      const at = 3 * (y * a.width + x);
      let worst = 0;
      for (let k = at; k < at + 3; k++) worst = Math.max(worst, Math.abs(a.data[k]! - b.data[k]!));
      if (worst > levels) count++;
    }
  }
  return count;
}

test("marks are drawn where the SVG has them: boxes and dots to the pixel's edge, the same letters", async () => {
  const image = wall();
  const before = image.data.slice();
  const [drawn, reference] = [await drawMarks(image, faces, glyphs), await drawFaces(image, faces)];
  expect(Buffer.compare(image.data, before)).toBe(0);
  const { plates } = layOutMarks(image.width, image.height, faces);
  for (const { box } of plates) {
    const area = (box[2] - box[0]) * (box[3] - box[1]);
    // Letters lie up to half a pixel beside, and the SVG's plate has a rim and round corners.
    const wrong = differing(drawn, reference, box, 120) / area;
    expect(wrong).toBeLessThan(0.02);
    // A plate without its letters differs by more than that.
    const blank = await drawMarks(image, faces, { of: async () => [] });
    expect(differing(blank, reference, box, 120) / area).toBeGreaterThan(0.18);
  }
  // Off the plates, what differs lies along edges: a few pixels of some thousand.
  const whole = differing(drawn, reference, [0, 0, 960, 540], 120);
  const within = plates.reduce((sum, { box }) => sum + differing(drawn, reference, box, 120), 0);
  expect(whole - within).toBeLessThan(60);
  expect(differing(image, reference, [0, 0, 960, 540], 20)).toBeGreaterThan(3000);
});

test("marks that leave the picture are drawn as far as they are in it", async () => {
  const image = createImage(40, 30);
  const drawn = await drawMarks(
    image,
    [
      {
        box: [-50, -50, 20, 20],
        landmarks: [
          [-3, 500],
          [39, 29],
        ],
        label: "Ada",
      },
      { box: [900, 900, 950, 950] },
    ],
    glyphs,
  );
  expect(drawn.data).toHaveLength(3600);
  expect(drawn.data.some((value) => value > 0)).toBe(true);
});

test("a letter is drawn once for each size, and again only where many came between", async () => {
  let draws = 0;
  const counting = createGlyphs((image, svg) => {
    draws++;
    return drawSvg(image, svg);
  });
  const [first, second] = await counting.of("aa", 16);
  expect([draws, second]).toEqual([1, first]);
  await counting.of("ab", 16);
  expect(draws).toBe(2);
  const [larger] = await counting.of("a", 20);
  expect(draws).toBe(3);
  expect(larger!.advance / first!.advance).toBeCloseTo(1.25, 9);
});
