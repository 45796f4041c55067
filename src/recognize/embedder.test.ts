import { expect, test } from "vitest";
import type { Network } from "../host/network.ts";
import { type FakeNetwork, type FakeSession, fakeSession, floatInfo } from "../host/testing/fake-host.ts";
import { createImage, type Image } from "../image/image.ts";
import { flipHorizontal } from "../image/transform.ts";
import { float32, type Tensor } from "../tensor/tensor.ts";
import { add, l2Norm, l2Normalize } from "../tensor/vector.ts";
import { createEmbedder, type Embedder } from "./embedder.ts";
import { MODEL, recognizerCard } from "./testing/fakes.ts";

/** What MODEL sees of a pixel's level. */
const seen = (level: number) => (level - 10) / 2;

/** Answers the first pixel's three channels, in the order the network sees them. */
function firstPixels({ in: x }: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const [n = 0] = x!.shape;
  const data = new Float32Array(3 * n).map((_, i) => Number(x!.data[i * 16]));
  return { out: float32(data, [n, 3]) };
}

type Options = Partial<FakeNetwork> & { batch?: number | string; wanted?: number; maps?: Record<string, string> };

function makeEmbedder({ batch = "n", wanted = 8, maps = MODEL.outputs, ...network }: Options = {}): {
  embedder: Embedder;
  session: FakeSession;
} {
  const session = fakeSession({
    inputs: [floatInfo("in", [batch, 3, 4, 4])],
    outputs: [floatInfo("out", [batch, 3])],
    run: firstPixels,
    ...network,
  });
  const { input } = recognizerCard().model;
  const dispose = () => session[Symbol.asyncDispose]();
  const open: Network = { name: "test/embedder", session, input, outputs: maps, [Symbol.asyncDispose]: dispose };
  const options = { fingerprint: "test/embedder@00", size: 3, batch: wanted, alignment: "arcface" } as const;
  return { session, embedder: createEmbedder(open, options) };
}

/** 4×4, no two pixels alike, and its mirror image another one. */
const crop = (seed: number): Image =>
  createImage(
    4,
    4,
    Uint8Array.from({ length: 48 }, (_, i) => (seed * 37 + 5 * i) % 256),
  );

const sizes = ({ runs }: FakeSession) => runs.map((feeds) => feeds.in!.shape[0]);

test("a crop is fed as the card says: BGR, mean off, scaled", async () => {
  const { embedder } = makeEmbedder();
  const [embedding] = await embedder.embed(
    [
      createImage(
        4,
        4,
        new Uint8Array(48).map((_, i) => [30, 20, 200][i % 3]!),
      ),
    ],
    {
      raw: true,
    },
  );
  expect([...embedding!]).toEqual([seen(200), seen(20), seen(30)]);
});

test("an embedding has length 1, and is the network's own where raw", async () => {
  const { embedder } = makeEmbedder();
  const [raw] = await embedder.embed([crop(3)], { raw: true });
  const [normal] = await embedder.embed([crop(3)]);
  expect(l2Norm(raw!)).toBeGreaterThan(2);
  expect(normal).toEqual(l2Normalize(raw!));
});

test.each([true, false])("flip adds the mirrored crop's embedding before it is normalised (raw: %s)", async (raw) => {
  const { embedder } = makeEmbedder();
  const [straight, mirrored] = await embedder.embed([crop(1), flipHorizontal(crop(1))], { raw: true });
  expect(straight).not.toEqual(mirrored);
  const sum = add(straight!, mirrored!);
  const [flipped] = await embedder.embed([crop(1)], { flip: true, raw });
  expect(flipped).toEqual(raw ? sum : l2Normalize(sum));
});

test("many crops go in batches, and come out in order", async () => {
  const { embedder, session } = makeEmbedder({ wanted: 4 });
  const crops = Array.from({ length: 10 }, (_, i) => crop(i));
  const together = await embedder.embed(crops, { raw: true });
  expect(sizes(session)).toEqual([4, 4, 2]);
  expect(together.map((e) => e[2])).toEqual(crops.map(({ data }) => seen(data[0]!)));
});

test("the card's batch of 1 is kept, where the network would take more", async () => {
  const { embedder, session } = makeEmbedder({ wanted: 1 });
  await embedder.embed([crop(0), crop(1), crop(2)]);
  expect(sizes(session)).toEqual([1, 1, 1]);
});

test.each([
  [1, [1, 1, 1, 1, 1]],
  [2, [2, 2, 2]],
  [8, [8]],
])("a network for exactly %d crops gets that many, and five come out in order", async (batch, runs) => {
  const { embedder, session } = makeEmbedder({ batch });
  const crops = Array.from({ length: 5 }, (_, i) => crop(i));
  const embeddings = await embedder.embed(crops, { raw: true });
  expect(sizes(session)).toEqual(runs);
  expect(embeddings.map((e) => e[2])).toEqual(crops.map(({ data }) => seen(data[0]!)));
});

test("no crops, no embeddings, no run", async () => {
  const { embedder, session } = makeEmbedder();
  expect(await embedder.embed([], { flip: true })).toEqual([]);
  expect(session.runs).toEqual([]);
});

test("an embedding does not keep its whole batch in memory", async () => {
  const { embedder } = makeEmbedder();
  const embeddings = await embedder.embed([crop(0), crop(1)], { raw: true });
  expect(embeddings.map(({ buffer }) => buffer.byteLength)).toEqual([12, 12]);
});

test.each([
  [createImage(5, 4), "test/embedder: expected a face crop of 4×4, got 5×4"],
  [createImage(4, 112), "test/embedder: expected a face crop of 4×4, got 4×112"],
  [{ width: 4, height: 4, data: new Uint8Array(16) }, "image: expected 48 bytes of RGB for 4×4, got 16"],
  [{ width: 4, height: 4, data: new Uint8Array(64) }, "image: expected 48 bytes of RGB for 4×4, got 64"],
])("a crop of another size is refused: $1", async (wrong, message) => {
  const { embedder, session } = makeEmbedder();
  await expect(embedder.embed([crop(0), wrong])).rejects.toMatchObject({ code: "INVALID_ARGUMENT", message });
  expect(session.runs).toEqual([]);
});

test.each<[what: string, answer: Record<string, Tensor>, message: string]>([
  ["none", {}, "test/embedder: expected output out of float32 [2, 3], got none"],
  [
    "too long",
    { out: float32(new Float32Array(8), [2, 4]) },
    "test/embedder: expected output out of float32 [2, 3], got float32 [2, 4]",
  ],
  [
    "one for two",
    { out: float32(new Float32Array(3), [1, 3]) },
    "test/embedder: expected output out of float32 [2, 3], got float32 [1, 3]",
  ],
  [
    "of another type",
    { out: { dtype: "float64", shape: [2, 3], data: new Float64Array(6) } },
    "test/embedder: expected output out of float32 [2, 3], got float64 [2, 3]",
  ],
  [
    "NaN",
    { out: float32(Float32Array.of(1, 2, 3, 4, NaN, 6), [2, 3]) },
    "test/embedder: the network answered an embedding with NaN or infinity",
  ],
  [
    "infinite",
    { out: float32(Float32Array.of(1, -Infinity, 3, 4, 5, 6), [2, 3]) },
    "test/embedder: the network answered an embedding with NaN or infinity",
  ],
])("an answer that is %s is no embedding", async (_, answer, message) => {
  const { embedder } = makeEmbedder({ run: () => answer });
  await expect(embedder.embed([crop(0), crop(1)])).rejects.toMatchObject({ code: "MODEL_MISMATCH", message });
});

test("a card that maps no output means the only one", async () => {
  const { embedder } = makeEmbedder({ maps: {} });
  expect(await embedder.embed([crop(0)])).toHaveLength(1);
  const outputs = [floatInfo("out", ["n", 3]), floatInfo("other", ["n", 3])];
  expect(() => makeEmbedder({ maps: {}, outputs })).toThrow(
    expect.objectContaining({
      code: "MODEL_MISMATCH",
      message: "test/embedder: expected output embedding, got out, other",
      hint: expect.stringContaining("model.outputs"),
    }),
  );
});

test.each([[["n", 128]], [[1, 4]], [["n", 3, 7, 7]]])("a graph that declares %j has no embedding of 3", (shape) => {
  expect(() => makeEmbedder({ outputs: [floatInfo("out", shape)] })).toThrow(
    expect.objectContaining({
      code: "MODEL_MISMATCH",
      message: `test/embedder: its card says an embedding of 3, the network has out [${shape.join(", ")}]`,
    }),
  );
});

test.each([[[]], [["n", "size"]], [["n", -1]], [["n", 3, 1, 1]]])("a graph that declares %j may have one", (shape) => {
  expect(makeEmbedder({ outputs: [floatInfo("out", shape)] }).embedder.size).toBe(3);
});

test("a signal stops before the next run", async () => {
  const controller = new AbortController();
  const { embedder, session } = makeEmbedder({
    wanted: 1,
    run(feeds) {
      controller.abort();
      return firstPixels(feeds);
    },
  });
  await expect(embedder.embed([crop(0), crop(1)], { signal: controller.signal })).rejects.toMatchObject({
    code: "CANCELLED",
  });
  expect(session.runs).toHaveLength(1);
});

test("disposing the embedder closes its network", async () => {
  const { embedder, session } = makeEmbedder();
  await embedder[Symbol.asyncDispose]();
  expect(session.disposals).toBe(1);
});
