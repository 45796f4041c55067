import { expect, test } from "vitest";
import { type FakeHost, type FakeNetwork, fakeHost, floatInfo } from "../host/testing/fake-host.ts";
import type { Card } from "../zoo/cards/card.ts";
import { openNetwork } from "./open-network.ts";
import { detectorCard, MODEL, recognizerCard, stageCard } from "./testing/fakes.ts";

const BYTES = Uint8Array.of(1);
const GOOD: FakeNetwork = { inputs: [floatInfo("in", [1, 3, 4, 4])], outputs: [floatInfo("out", [1, 3])] };

const hostOf = (network: Partial<FakeNetwork>): FakeHost => fakeHost({ "test/embedder": { ...GOOD, ...network } });

const open = (host: FakeHost, card: Card = recognizerCard()) =>
  openNetwork(host, { card, model: BYTES, sha256: null }, { threads: 2 });

/** A stage: recognisers are square. */
const cardOfInput = (input: object) => stageCard("test/embedder", { ...MODEL, input: { ...MODEL.input, ...input } });

test("a network has what its card says, and closes its session", async () => {
  const host = hostOf({});
  const card = recognizerCard();
  const network = await open(host, card);
  expect(network).toMatchObject({ name: "test/embedder", input: card.model.input, outputs: { embedding: "out" } });
  expect(host.opened).toMatchObject([{ name: "test/embedder", options: { threads: 2 } }]);
  await network[Symbol.asyncDispose]();
  expect(host.opened[0]!.session.disposals).toBe(1);
});

test.each<[what: string, network: Partial<FakeNetwork>, says: string, has: string]>([
  ["another input", { inputs: [floatInfo("data", [1, 3, 4, 4])] }, "one input, in", "data"],
  ["no input", { inputs: [] }, "one input, in", "none"],
  ["two inputs", { inputs: [...GOOD.inputs, floatInfo("mask", [1])] }, "one input, in", "in, mask"],
  [
    "an input of bytes",
    { inputs: [{ name: "in", dtype: "uint8", shape: [1, 3, 4, 4] }] },
    "input in, which is fed float32",
    "uint8",
  ],
  ["another size", { inputs: [floatInfo("in", [1, 3, 4, 5])] }, "input in of [any, 3, 4, 4] (NCHW)", "[1, 3, 4, 5]"],
  ["channels last", { inputs: [floatInfo("in", [1, 4, 4, 3])] }, "input in of [any, 3, 4, 4] (NCHW)", "[1, 4, 4, 3]"],
  ["one channel", { inputs: [floatInfo("in", [1, 1, 4, 4])] }, "input in of [any, 3, 4, 4] (NCHW)", "[1, 1, 4, 4]"],
  ["no batch", { inputs: [floatInfo("in", [3, 4, 4])] }, "input in of [any, 3, 4, 4] (NCHW)", "[3, 4, 4]"],
  ["another output", { outputs: [floatInfo("y", [1, 3])] }, "an output out", "y"],
  ["no output", { outputs: [] }, "an output out", "none"],
])("a graph with %s is not the card's, and is closed", async (_, network, says, has) => {
  const host = hostOf(network);
  await expect(open(host)).rejects.toMatchObject({
    code: "MODEL_MISMATCH",
    message: `test/embedder: its card says ${says}, the network has ${has}`,
    hint: expect.stringContaining("docs/model-cards.md"),
  });
  expect(host.opened[0]!.session.disposals).toBe(1);
});

test.each([
  ["free dimensions by name", {}, ["n", 3, "h", "w"]],
  ["free dimensions by number", {}, [-1, 3, -1, -1]],
  ["no dimensions declared", {}, []],
  ["a fixed batch of eight", {}, [8, 3, 4, 4]],
  ["channels last", { layout: "NHWC" }, [1, 4, 4, 3]],
  ["grey", { color: "GRAY", mean: [0], scale: [1] }, [1, 1, 4, 4]],
  ["any size, of one that was saved for another", { dynamic: true }, [1, 3, 640, 320]],
  ["a wide image: height before width", { width: 6 }, [1, 3, 4, 6]],
])("a card of %s fits its graph", async (_, input, shape) => {
  await using network = await open(hostOf({ inputs: [floatInfo("in", shape)] }), cardOfInput(input));
  expect(network.input.name).toBe("in");
});

test("a card made of stages has no network of its own", async () => {
  const card = detectorCard({ stages: { detector: "test/a" }, parser: { name: "cascade" } });
  await expect(openNetwork(fakeHost({}), { card, model: null, sha256: null }, {})).rejects.toMatchObject({
    code: "MODEL_MISMATCH",
    message: "test/detector: expected a network, got a card made of stages",
  });
});

test("what the runtime says of a file passes through", async () => {
  await expect(open(fakeHost({}))).rejects.toMatchObject({ code: "UNSUPPORTED_FORMAT" });
});
