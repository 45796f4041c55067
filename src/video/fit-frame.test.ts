import fc from "fast-check";
import { expect, test } from "vitest";
import { fitFrame, type ResizeMode } from "./fit-frame.ts";

const FILM = { width: 1920, height: 1080 };

test("with no size the frame is the picture", () => {
  expect(fitFrame(FILM)).toEqual({ ...FILM, scaled: FILM, x: 0, y: 0 });
});

test("one side alone keeps the picture's shape", () => {
  expect(fitFrame(FILM, { width: 640 })).toMatchObject({ width: 640, height: 360, x: 0, y: 0 });
  expect(fitFrame(FILM, { height: 100 })).toMatchObject({ width: 178, height: 100, x: 0, y: 0 });
});

test("a 16:9 picture in a square of 640: bent, with bars of 140 rows, or without 249 columns on each side", () => {
  const square = { width: 640, height: 640 };
  expect(fitFrame(FILM, { ...square, resize: "stretch" })).toEqual({ ...square, scaled: square, x: 0, y: 0 });
  expect(fitFrame(FILM, { ...square, resize: "letterbox" })).toEqual({
    ...{ ...square, scaled: { width: 640, height: 360 }, x: 0, y: 140 },
  });
  expect(fitFrame(FILM, { ...square, resize: "crop" })).toEqual({
    ...{ ...square, scaled: { width: 1138, height: 640 }, x: -249, y: 0 },
  });
});

test("letterboxed pictures lie within the frame, cropped ones cover it, both centred to a pixel", () => {
  const side = fc.integer({ min: 1, max: 5000 });
  const modes = fc.constantFrom<ResizeMode>("letterbox", "crop");
  fc.assert(
    fc.property(side, side, side, side, modes, (pictureWidth, pictureHeight, width, height, resize) => {
      const picture = { width: pictureWidth, height: pictureHeight };
      const { scaled, x, y } = fitFrame(picture, { width, height, resize });
      for (const [frame, content, offset] of [[width, scaled.width, x] as const, [height, scaled.height, y] as const]) {
        if (resize === "letterbox") expect(content).toBeLessThanOrEqual(frame);
        else expect(content).toBeGreaterThanOrEqual(frame);
        expect(Math.abs(frame - content - 2 * offset)).toBeLessThanOrEqual(1);
      }
      expect(scaled.width === width || scaled.height === height).toBe(true);
    }),
    { seed: 20240611, numRuns: 500 },
  );
});

test.each([[{ width: 0 }], [{ height: 1.5 }], [{ width: 10, height: 10, resize: "fit" as ResizeMode }]])(
  "%o is INVALID_ARGUMENT",
  (options) => {
    expect(() => fitFrame(FILM, options)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  },
);
