import type { Network, NetworkInput } from "../../host/network.ts";
import type { Image } from "../../image/image.ts";
import { float32, type Tensor } from "../../tensor/tensor.ts";

export type FakeNetwork = Network & { readonly runs: Tensor[]; disposed: boolean };

/** A network whose answers are computed by `answer`; it keeps what it was fed. */
export function fakeNetwork(
  input: Partial<NetworkInput>,
  outputs: Readonly<Record<string, string>>,
  answer: (pixels: Tensor) => Record<string, Tensor>,
  batch: number | string = 1,
): FakeNetwork {
  const full: NetworkInput = {
    name: "input",
    width: 192,
    height: 192,
    color: "RGB",
    layout: "NCHW",
    mean: [0, 0, 0],
    scale: [1, 1, 1],
    dynamic: false,
    stride: 1,
    ...input,
  };
  const network: FakeNetwork = {
    name: "test/fake",
    runs: [],
    disposed: false,
    input: full,
    outputs,
    session: {
      inputs: [{ name: "input", dtype: "float32", shape: [batch, 3, full.height, full.width] }],
      outputs: Object.values(outputs).map((name) => ({ name, dtype: "float32", shape: [] })),
      async run(feeds) {
        // The array is used again when the run is over.
        network.runs.push({ ...feeds.input!, data: feeds.input!.data.slice() });
        return answer(feeds.input!);
      },
      async [Symbol.asyncDispose]() {},
    },
    async [Symbol.asyncDispose]() {
      network.disposed = true;
    },
  };
  return network;
}

/** Black, but for filled rectangles: [x, y, width, height, r, g, b]. */
export function picture(width: number, height: number, ...rectangles: readonly (readonly number[])[]): Image {
  const data = new Uint8Array(3 * width * height);
  for (const [x0, y0, w, h, ...rgb] of rectangles) {
    for (let y = y0!; y < y0! + h!; y++) {
      for (let x = x0!; x < x0! + w!; x++) data.set(rgb, 3 * (y * width + x));
    }
  }
  return { width, height, data };
}

/** The box of what is brighter than half in one channel of one image of a batch, edge to edge; or null. */
export function blob({ shape, data }: Tensor, channel: number, image = 0): [number, number, number, number] | null {
  const [, channels, height, width] = shape as [number, number, number, number];
  const offset = (image * channels + channel) * width * height;
  const box: [number, number, number, number] = [width, height, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (Number(data[offset + y * width + x]) <= 127) continue;
      box[0] = Math.min(box[0], x);
      box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x + 1);
      box[3] = Math.max(box[3], y + 1);
    }
  }
  return box[2] > 0 ? box : null;
}

/**
 * A BlazeFace for which a face is the green in the picture, as one box, where it is between `least` and `most` pixels
 * of the input wide; its score is 0.9, or 0.3 where it is wider than `most`. The eyes are at its upper corners.
 */
export function greenBlazeface({ least = 20, most = 150 } = {}): FakeNetwork {
  return fakeNetwork({}, { scores: "s", regressors: "r" }, (pixels) => {
    const scores = new Float32Array(2304).fill(-100);
    const regressors = new Float32Array(2304 * 16);
    const box = blob(pixels, 1);
    const width = box ? box[2] - box[0] : 0;
    if (box && width >= least) {
      const [x, y] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
      const cell = Math.floor(y / 4) * 48 + Math.floor(x / 4);
      const [ax, ay] = [(Math.floor(x / 4) + 0.5) * 4, (Math.floor(y / 4) + 0.5) * 4];
      const points = [box[0], box[1], box[2], box[1], x, y, x, box[3], box[0], y, box[2], y];
      scores[cell] = width > most ? Math.log(0.3 / 0.7) : Math.log(9);
      regressors.set([x - ax, y - ay, width, box[3] - box[1]], 16 * cell);
      regressors.set(
        points.map((value, i) => value - (i % 2 === 0 ? ax : ay)),
        16 * cell + 4,
      );
    }
    return { s: float32(scores, [1, 2304, 1]), r: float32(regressors, [1, 2304, 16]) };
  });
}

/** An UltraFace that proposes the box of what is red, or nothing. */
export function redUltraface(): FakeNetwork {
  return fakeNetwork({ width: 320, height: 240 }, { scores: "s", boxes: "b" }, (pixels) => {
    const scores = new Float32Array(2 * 4420);
    const boxes = new Float32Array(4 * 4420);
    const box = blob(pixels, 0);
    if (box) {
      scores[1] = 0.9;
      boxes.set([box[0] / 320, box[1] / 240, box[2] / 320, box[3] / 240]);
    }
    return { s: float32(scores, [1, 4420, 2]), b: float32(boxes, [1, 4420, 4]) };
  });
}

/**
 * An O-net that is fed x and y swapped, as the real one: all five points at the middle of what is blue, and the box
 * that of what is blue. Without blue: the crop, its middle.
 *
 * @param bias an error to the right that it makes in every x of the points, as a fraction of the crop.
 */
export function blueOnet(batch: number | string = 1, bias = 0): FakeNetwork {
  return fakeNetwork(
    { width: 48, height: 48 },
    { probability: "p", box: "b", points: "l" },
    (pixels) => {
      const count = pixels.shape[0]!;
      const answers = Array.from({ length: count }, (_, n) => {
        const [y0, x0, y1, x1] = blob(pixels, 2, n) ?? [0, 0, 48, 48];
        const [x, y] = [(x0 + x1) / 96 + bias, (y0 + y1) / 96];
        return { box: [x0 / 48, y0 / 48, x1 / 48 - 1, y1 / 48 - 1], points: [x, x, x, x, x, y, y, y, y, y] };
      });
      return {
        p: float32(new Float32Array(2 * count).fill(0.5), [count, 2]),
        b: float32(Float32Array.from(answers.flatMap(({ box }) => box)), [count, 4]),
        l: float32(Float32Array.from(answers.flatMap(({ points }) => points)), [count, 10]),
      };
    },
    batch,
  );
}
