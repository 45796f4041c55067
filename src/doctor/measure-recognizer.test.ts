import { expect, test } from "vitest";
import { fakeSession } from "../host/testing/fake-host.ts";
import type { Image } from "../image/image.ts";
import { measureRecognizer } from "./measure-recognizer.ts";
import { randomFrom } from "./random.ts";
import type { Sample } from "./samples.ts";
import { judgeCard } from "./verdict.ts";

const SIDE = 4;
const PIXELS = SIDE * SIDE;

/**
 * Crops of 20 people, four each: red tells who it is, green and blue are noise. Cut in another way than `arcface` nothing
 * tells. All channels are alike in grey ones.
 */
function people({ grey = false } = {}): Sample[] {
  const random = randomFrom(11);
  const noise = (): number => Math.floor(256 * random());
  return Array.from({ length: 20 }, (_, person) => {
    const face = Array.from({ length: PIXELS }, noise);
    return Array.from({ length: 4 }, (): Sample => {
      const crops = [true, false, false].map((isFace): Image => {
        const data = new Uint8Array(3 * PIXELS);
        for (let p = 0; p < PIXELS; p++) {
          const red = isFace ? Math.min(255, Math.max(0, face[p]! + 0.4 * (noise() - 128))) : noise();
          data.set(grey ? [red, red, red] : [red, noise(), noise()], 3 * p);
        }
        return { width: SIDE, height: SIDE, data };
      });
      return {
        label: { person, identity: 0 },
        crop: (alignment) => crops[["arcface", "none", "mirrored"].indexOf(alignment)]!,
      };
    });
  }).flat();
}

/**
 * A network that was trained on red first, ±1: it takes its first channel for the face, and sees nothing in what is
 * nearer to 0 than faces are then, or beyond 1.
 */
function network(shape: readonly (number | string)[] = [1, 3, SIDE, SIDE]) {
  return fakeSession({
    inputs: [{ name: "in", dtype: "float32", shape }],
    outputs: [{ name: "out", dtype: "float32", shape: [1, PIXELS] }],
    run({ in: input }) {
      const { data, shape: fed } = input!;
      const stride = fed[1] === 3 ? 1 : 3;
      const seen = Float32Array.from({ length: PIXELS }, (_, p) => {
        const value = data[p * stride] as number;
        return Math.abs(value) > 0.3 && Math.abs(value) < 1.01 ? value : 0;
      });
      return { out: { dtype: "float32", shape: [1, PIXELS], data: seen } };
    },
  });
}

test("the contract of a network is found out", async () => {
  const measurement = await measureRecognizer(network(), { samples: people(), kind: "people" }, "fake");
  const { contract, confidence, cannotTell } = judgeCard(measurement, null);
  expect(contract).toMatchObject({ colorOrder: "RGB", layout: "NCHW", alignment: "arcface" });
  expect(contract.mean).toEqual([127.5, 127.5, 127.5]);
  expect(contract.scale).toEqual([127.5, 127.5, 127.5]);
  expect(confidence).toBeGreaterThan(0.95);
  expect(cannotTell).toEqual([]);
  expect(measurement).toMatchObject({ works: true, output: "out", embeddingSize: PIXELS, isBatchSafe: null });
});

test("RGB is not told from BGR by grey faces", async () => {
  const measurement = await measureRecognizer(network(), { samples: people({ grey: true }), kind: "people" }, "fake");
  const { cannotTell, certainty } = judgeCard(measurement, null);
  expect(cannotTell).toEqual(["color"]);
  expect(certainty.color).toBeCloseTo(0.5, 1);
});

test("both layouts are tried where the graph leaves them open", async () => {
  const session = network(["N", "a", "b", "c"]);
  const { standings } = await measureRecognizer(session, { samples: people(), kind: "people" }, "fake");
  expect(new Set(standings.map(({ contract }) => contract.layout))).toEqual(new Set(["NCHW", "NHWC"]));
});

test("a network that tells nobody from anybody is no recogniser", async () => {
  const constant = fakeSession({
    inputs: [{ name: "in", dtype: "float32", shape: [1, 3, SIDE, SIDE] }],
    outputs: [{ name: "out", dtype: "float32", shape: [1, 2] }],
    run: () => ({ out: { dtype: "float32", shape: [1, 2], data: Float32Array.of(1, 1) } }),
  });
  const measurement = await measureRecognizer(constant, { samples: people(), kind: "people" }, "fake");
  expect(judgeCard(measurement, null)).toMatchObject({ confidence: 0, cardAgrees: null });
});

test("a contract of the card's own is tried, too", async () => {
  const odd = {
    colorOrder: "RGB",
    mean: [100, 100, 100],
    scale: [90, 90, 90],
    layout: "NCHW",
    alignment: "arcface",
  } as const;
  const samples = { samples: people(), kind: "people" } as const;
  const { standings } = await measureRecognizer(network(), samples, "fake", { also: [odd] });
  expect(standings.map(({ contract }) => contract)).toContainEqual(odd);
});

test("one person makes no impostor pair", async () => {
  const samples = { samples: people().slice(0, 4), kind: "people" } as const;
  await expect(measureRecognizer(network(), samples, "fake")).rejects.toThrow(
    "expected faces of two people at least, got 1",
  );
});

test.each([
  [[1, 5, SIDE, SIDE], "float32"],
  [[1, 3, SIDE], "float32"],
  [[1, 3, SIDE, SIDE], "uint8"],
] as const)("an input of %j %s is not fed", async (shape, dtype) => {
  const session = fakeSession({ inputs: [{ name: "in", dtype, shape }], outputs: [] });
  await expect(measureRecognizer(session, { samples: people(), kind: "people" }, "fake")).rejects.toMatchObject({
    code: "MODEL_MISMATCH",
  });
});

test("measuring is cancelled between two runs", async () => {
  const controller = new AbortController();
  const run = measureRecognizer(network(), { samples: people(), kind: "people" }, "fake", {
    signal: controller.signal,
    onRun: (done) => done === 100 && controller.abort(),
  });
  await expect(run).rejects.toMatchObject({ code: "CANCELLED" });
});
