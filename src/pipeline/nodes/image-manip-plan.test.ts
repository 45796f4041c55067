import fc from "fast-check";
import { expect, test } from "vitest";
import { createImage, type Image } from "../../image/image.ts";
import { ImageManipConfig, type ResizeMode } from "../messages/image-manip-config.ts";
import { ImgFrame } from "../messages/img-frame.ts";
import { RotatedRect } from "../messages/rotated-rect.ts";
import { manipulate } from "./image-manip.ts";
import { planManip } from "./image-manip-plan.ts";

const [WIDTH, HEIGHT] = [60, 48];
/** Red tells x, green tells y, blue that it is the picture and not the background. */
const [PER_X, PER_Y, PICTURE] = [4, 5, 200];

function ramps(): Image {
  const image = createImage(WIDTH, HEIGHT);
  for (let y = 0, at = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++, at += 3) image.data.set([PER_X * x, PER_Y * y, PICTURE], at);
  }
  return image;
}

const source = ImgFrame.fromImage(ramps());

type Step = (config: ImageManipConfig) => ImageManipConfig;
const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(number(-8, 20), number(-8, 20), number(20, 50), number(20, 40)).map(
    ([x, y, w, h]): Step =>
      (config) =>
        config.addCrop(x, y, w, h),
  ),
  fc.tuple(number(0.3, 0.7), number(0.3, 0.7), number(0.4, 0.9), number(0.4, 0.9), number(-180, 180)).map(
    ([x, y, width, height, angle]): Step =>
      (config) =>
        config.addCropRotatedRect(new RotatedRect({ x, y }, { width, height }, angle, true), true),
  ),
  fc.tuple(number(0.6, 1.7), number(0.6, 1.7)).map(
    ([x, y]): Step =>
      (config) =>
        config.addScale(x, y),
  ),
  number(-360, 360).map(
    (angle): Step =>
      (config) =>
        config.addRotateDeg(angle),
  ),
  fc.constantFrom<Step>(
    (config) => config.addFlipHorizontal(),
    (config) => config.addFlipVertical(),
    (config) => config.addTransformAffine([1, 0.3, -0.2, 0.9]),
    (config) => config.addTransformPerspective([1, 0.02, 0, 0.01, 1, 0, 0.002, 0.001, 1]),
    (config) =>
      config.addTransformFourPoints(
        [
          { x: 0.1, y: 0.1 },
          { x: 0.95, y: 0 },
          { x: 0.9, y: 0.95 },
          { x: 0, y: 0.8 },
        ],
        [
          { x: 0, y: 0 },
          { x: 1, y: 0 },
          { x: 1, y: 1 },
          { x: 0, y: 1 },
        ],
        true,
      ),
  ),
);
const outputs = fc.option(
  fc.tuple(
    fc.integer({ min: 8, max: 70 }),
    fc.integer({ min: 8, max: 70 }),
    fc.constantFrom<ResizeMode>("NONE", "STRETCH", "LETTERBOX", "CENTER_CROP"),
    fc.boolean(),
  ),
);

// A ramp stays one under halving and bilinear weights. Positions are in 32nds; the warp and each halving round by half
// a level, of PER_X or PER_Y to a pixel. A warp half a pixel off is found. Beyond 8 px from the rim no mean reaches.
const TOLERANCE = 0.4;
const RIM = 8;

test("whatever the steps, a pixel of the output shows the source where its transformation says", () => {
  let compared = 0;
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 4 }), outputs, (list, output) => {
      const config = list.reduce((sum, add) => add(sum), new ImageManipConfig());
      if (output) config.setOutputSize(output[0], output[1], output[2]).setOutputCenter(output[3]);
      const frame = manipulate(source, config);
      const [image, transformation] = [frame.getImage(), frame.getTransformation()];
      expect(transformation.getSize()).toEqual([image.width, image.height]);
      for (let j = 0, at = 0; j < image.height; j++) {
        for (let i = 0; i < image.width; i++, at += 3) {
          if (image.data[at + 2] !== PICTURE) continue;
          const { x, y } = transformation.invTransformPoint({ x: i, y: j });
          if (Math.min(x, y, WIDTH - 1 - x, HEIGHT - 1 - y) < RIM) continue;
          compared++;
          const off = Math.max(Math.abs(image.data[at]! / PER_X - x), Math.abs(image.data[at + 1]! / PER_Y - y));
          if (off > TOLERANCE) expect.fail(`(${i}, ${j}) shows a point ${off} px from (${x}, ${y})`);
        }
      }
    }),
    { seed: 20, numRuns: 300 },
  );
  expect(compared).toBeGreaterThan(100_000);
});

test("points go to the output and back", () => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 4 }), number(5, 50), number(5, 40), (list, x, y) => {
      const config = list.reduce((sum, add) => add(sum), new ImageManipConfig());
      const transformation = manipulate(source, config).getTransformation();
      const back = transformation.invTransformPoint(transformation.transformPoint({ x, y }));
      expect([back.x, back.y]).toBeCloseToTensor([x, y], { atol: 1e-6 });
    }),
    { seed: 21, numRuns: 100 },
  );
});

const sizeOf = (config: ImageManipConfig) => {
  const { width, height } = planManip(config, WIDTH, HEIGHT);
  return [width, height];
};

test("without an output size the output is as large as what the steps leave", () => {
  expect(sizeOf(new ImageManipConfig())).toEqual([60, 48]);
  expect(sizeOf(new ImageManipConfig().addCrop(5, 6, 20, 10))).toEqual([20, 10]);
  expect(sizeOf(new ImageManipConfig().addCrop(5, 6, 20, 10).addScale(2, 3))).toEqual([40, 30]);
  expect(sizeOf(new ImageManipConfig().addRotateDeg(90))).toEqual([48, 60]);
  expect(sizeOf(new ImageManipConfig().addRotateDeg(45))).toEqual([76, 76]); // (60 + 48) / √2
  expect(sizeOf(new ImageManipConfig().addRotateDeg(45).clearOps())).toEqual([60, 48]);
});

test("a crop of whole pixels and a quarter turn move pixels and change none", () => {
  const noise = createImage(
    5,
    4,
    Uint8Array.from({ length: 60 }, (_, i) => (i * 89) % 251),
  );
  const config = new ImageManipConfig().addCrop(1, 1, 3, 2).addRotateDeg(90);
  const turned = manipulate(ImgFrame.fromImage(noise), config).getImage();
  const at = (x: number, y: number) => [...noise.data.subarray(3 * (5 * y + x), 3 * (5 * y + x) + 3)];
  // Clockwise: what was at the left comes to the top, read from below.
  expect([turned.width, turned.height]).toEqual([2, 3]);
  expect([...turned.data]).toEqual([at(1, 2), at(1, 1), at(2, 2), at(2, 1), at(3, 2), at(3, 1)].flat());
});

/** The columns of the middle row, and the rows of the middle column, that show the picture: first and last. */
function shown(config: ImageManipConfig): [number, number, number, number] {
  const { width, height, data } = manipulate(source, config.setBackgroundColor(9)).getImage();
  const isPicture = (x: number, y: number) => data[3 * (y * width + x) + 2] === PICTURE;
  const columns = Array.from({ length: width }, (_, x) => x).filter((x) => isPicture(x, height >> 1));
  const rows = Array.from({ length: height }, (_, y) => y).filter((y) => isPicture(width >> 1, y));
  return [columns[0]!, columns.at(-1)!, rows[0]!, rows.at(-1)!];
}

test("the resize modes put the picture where they say", () => {
  const config = () => new ImageManipConfig();
  expect(shown(config().setOutputSize(100, 100))).toEqual([20, 79, 26, 73]);
  expect(shown(config().setOutputSize(80, 70).setOutputCenter(false))).toEqual([0, 59, 0, 47]);
  expect(shown(config().setOutputSize(100, 100, "STRETCH"))).toEqual([0, 99, 0, 99]);
  expect(shown(config().setOutputSize(100, 100, "LETTERBOX"))).toEqual([0, 99, 10, 89]);
  expect(shown(config().setOutputSize(100, 100, "LETTERBOX").setOutputCenter(false))).toEqual([0, 99, 0, 79]);
  expect(shown(config().setOutputSize(100, 100, "CENTER_CROP"))).toEqual([0, 99, 0, 99]);
});

test("what a crop cut off does not come back in a letterbox's borders", () => {
  const config = new ImageManipConfig().addCrop(20, 10, 20, 10).setOutputSize(40, 40, "LETTERBOX");
  expect(shown(config)).toEqual([0, 39, 10, 29]);
});

test("four points of a turned square fill the output with it", () => {
  const rect = new RotatedRect({ x: 30, y: 24 }, { width: 20, height: 20 }, 30, false);
  const corners = [
    { x: 0, y: 0 },
    { x: 60, y: 0 },
    { x: 60, y: 48 },
    { x: 0, y: 48 },
  ];
  const byPoints = new ImageManipConfig()
    .addTransformFourPoints(rect.getPoints(), corners)
    .setOutputSize(20, 20, "STRETCH");
  const byCrop = new ImageManipConfig().addCropRotatedRect(rect).setOutputSize(20, 20, "STRETCH");
  const matrixOf = (config: ImageManipConfig) => {
    const { matrix } = planManip(config, WIDTH, HEIGHT);
    return matrix.map((value) => value / matrix[8]);
  };
  expect(matrixOf(byPoints)).toBeCloseToTensor(matrixOf(byCrop), { atol: 1e-9 });
});

test("steps that flatten the picture, empty crops and what is not supported are refused", () => {
  expect(() => planManip(new ImageManipConfig().addTransformAffine([1, 1, 1, 1]), 8, 8)).toThrow(
    "expected an invertible matrix",
  );
  expect(() => new ImageManipConfig().addCrop(0, 0, 0, 5)).toThrow("expected a rectangle of positive size, got 0×5");
  expect(() => new ImageManipConfig().addScale(0)).toThrow("expected factors above 0");
  expect(() => new ImageManipConfig().setOutputSize(1.5, 2)).toThrow("expected whole numbers of pixels");
  expect(() => new ImageManipConfig().setColormap("JET")).toThrow(
    expect.objectContaining({ code: "UNSUPPORTED_FORMAT" }),
  );
  expect(() => new ImageManipConfig().setUndistort(true)).toThrow(
    expect.objectContaining({ code: "UNSUPPORTED_FORMAT" }),
  );
  expect(new ImageManipConfig().setColormap("NONE").setUndistort(false).getOps()).toEqual([]);
});
