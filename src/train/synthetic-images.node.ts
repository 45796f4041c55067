import type { LabelledImages } from "../data/labelled-images.ts";
import { expected } from "../errors.ts";
import { createCodec } from "../host/codec.node.ts";
import { createImage } from "../image/image.ts";
import { createRandom } from "../tensor/random.ts";

export type SyntheticOptions = {
  readonly people?: number;
  /** Pictures of each. */
  readonly each?: number;
  /** Side, pixels. */
  readonly size?: number;
  readonly seed?: number;
};

/** Squares a side, of one colour each. */
const GRID = 4;

/** Pictures that stand in for people's: each person has colours of their own, each picture its noise. All in memory. */
export async function syntheticImages(options: SyntheticOptions = {}): Promise<LabelledImages> {
  const { people = 10, each = 32, size = 112, seed = 0 } = options;
  const random = createRandom(seed);
  const codec = createCodec();
  const count = people * each;
  const encoded: Uint8Array[] = [];
  for (let person = 0; person < people; person++) {
    const colours = Float32Array.from({ length: 3 * GRID * GRID }, () => 40 + 176 * random.uniform());
    for (let i = 0; i < each; i++) {
      const data = new Uint8Array(3 * size * size);
      const light = 0.8 + 0.4 * random.uniform();
      for (let k = 0; k < data.length; k++) {
        const [x, y] = [Math.floor(k / 3) % size, Math.floor(k / 3 / size)];
        const square = Math.floor((y * GRID) / size) * GRID + Math.floor((x * GRID) / size);
        data[k] = Math.max(0, Math.min(255, light * colours[3 * square + (k % 3)]! + 60 * (random.uniform() - 0.5)));
      }
      encoded.push(await codec.encode(createImage(size, size, data), "png"));
    }
  }
  const at = (i: number): Uint8Array => {
    const bytes = encoded[i];
    if (!bytes) throw expected("synthetic images", `a picture's number below ${count}`, `${i}`);
    return bytes;
  };
  const label = (i: number): number => Math.floor(i / each);
  const name = (i: number): string => `synthetic picture ${i}`;
  return {
    count,
    classes: people,
    classNames: null,
    name,
    place: (i) => ({ kind: "bytes", bytes: at(i) }),
    knownLabel: label,
    label,
    read: async (i) => ({ bytes: at(i), label: label(i), name: name(i) }),
    async [Symbol.asyncDispose]() {},
  };
}
