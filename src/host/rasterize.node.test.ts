import { expect, test } from "vitest";
import { createImage } from "../image/image.ts";
import { drawFaces, drawMontage, drawSvg } from "./rasterize.node.ts";

const svg = (width: number, height: number, body: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${body}</svg>`;

/** One pixel of each: opaque, half, nothing. */
const THREE = svg(
  3,
  1,
  '<rect width="1" height="1" fill="#f08020"/><rect x="1" width="1" height="1" fill="#f08020" fill-opacity="0.5"/>',
);

test("an overlay is blended by its alpha, channel by channel", async () => {
  const image = createImage(3, 1, new Uint8Array([10, 20, 30, 10, 20, 30, 10, 20, 30]));
  const drawn = await drawSvg(image, THREE);
  expect(drawn.data).toBeCloseToTensor([240, 128, 32, 125, 74, 31, 10, 20, 30], { atol: 1 });
  expect([...image.data]).toEqual([10, 20, 30, 10, 20, 30, 10, 20, 30]);
});

test("text is drawn without the machine's fonts, in Latin, Greek and Cyrillic", async () => {
  const ink = async (text: string) => {
    const style = 'font-family="DejaVu Sans" font-weight="bold" font-size="20" fill="#fff"';
    const { data } = await drawSvg(createImage(120, 30), svg(120, 30, `<text x="4" y="22" ${style}>${text}</text>`));
    return data.reduce((sum, level) => sum + level, 0);
  };
  const inks = await Promise.all(["Ada", "Ωμέγα", "Жуко", ""].map(ink));
  expect(inks[3]).toBe(0);
  for (const amount of inks.slice(0, 3)) expect(amount).toBeGreaterThan(20_000);
});

test("drawFaces marks the box and leaves the face as it was", async () => {
  const image = createImage(200, 160, new Uint8Array(3 * 200 * 160).fill(127));
  const drawn = await drawFaces(image, [{ box: [60, 50, 120, 120], label: "Ada", note: "0.87" }]);
  const at = (x: number, y: number) => [...drawn.data.subarray(3 * (y * 200 + x), 3 * (y * 200 + x) + 3)];
  expect(at(90, 85)).toEqual([127, 127, 127]);
  expect(at(60, 85)).not.toEqual([127, 127, 127]);
  expect(at(10, 150)).toEqual([127, 127, 127]);
});

test("drawMontage gives the sheet with its names", async () => {
  const crop = createImage(30, 30, new Uint8Array(2700).fill(200));
  const sheet = await drawMontage([{ label: "Ada", crops: [{ image: crop, caption: "0.91" }] }]);
  expect(new Set(sheet.data).size).toBeGreaterThan(10); // plate, letters and their smooth edges
});

test("what is no SVG, and one of another shape, are refused", async () => {
  await expect(drawSvg(createImage(4, 4), "<svg")).rejects.toThrow("drawSvg: the SVG cannot be read");
  await expect(drawSvg(createImage(4, 4), THREE)).rejects.toThrow("an SVG shaped as the image, 4×4, got 4×");
});
