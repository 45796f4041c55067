import { createImage, type Image } from "../image.ts";

type Matrix = readonly (readonly [number, number, number])[];

/** NTSC's: brightness Y, and colour as a vector (I, Q), whose angle is the hue and whose length the saturation. */
const RGB_TO_YIQ: Matrix = [
  [0.299, 0.587, 0.114],
  [0.596, -0.274, -0.321],
  [0.211, -0.523, 0.311],
];
const YIQ_TO_RGB: Matrix = [
  [1, 0.956, 0.621],
  [1, -0.272, -0.647],
  [1, -1.107, 1.705],
];

/**
 * Colours turned and stretched in YIQ, as DALI's `fn.hsv`: a linear map, brightness kept, each channel rounded and cut at 0
 * and 255. What is grey stays grey, up to the rounding of the matrices.
 *
 * @param change.hue degrees.
 * @param change.saturation a factor; 0 makes it grey.
 */
export function turnColours({ width, height, data }: Image, change: { hue?: number; saturation?: number }): Image {
  const { hue = 0, saturation = 1 } = change;
  const angle = (hue * Math.PI) / 180;
  const [along, across] = [saturation * Math.cos(angle), saturation * Math.sin(angle)];
  const turn: Matrix = [
    [1, 0, 0],
    [0, along, across],
    [0, -across, along],
  ];
  const map = product(YIQ_TO_RGB, product(turn, RGB_TO_YIQ));
  const turned = createImage(width, height);
  for (let at = 0; at < data.length; at += 3) {
    for (const [channel, [r, g, b]] of map.entries()) {
      const level = r * data[at]! + g * data[at + 1]! + b * data[at + 2]!;
      turned.data[at + channel] = Math.min(255, Math.max(0, Math.floor(level + 0.5)));
    }
  }
  return turned;
}

/** The brightness alone, in all three channels. */
export function toGrey({ width, height, data }: Image): Image {
  const grey = createImage(width, height);
  for (let at = 0; at < data.length; at += 3) {
    grey.data.fill(Math.floor(0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]! + 0.5), at, at + 3);
  }
  return grey;
}

function product(a: Matrix, b: Matrix): Matrix {
  return a.map(
    (row) => [0, 1, 2].map((j) => row.reduce((sum, x, k) => sum + x * b[k]![j]!, 0)) as unknown as Matrix[number],
  );
}
