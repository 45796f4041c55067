import { join } from "node:path";
import { expect, test } from "vitest";
import { createSession } from "../host/session.node.ts";
import { iresnet } from "../nets/iresnet.ts";
import { mobileFaceNet } from "../nets/mobilefacenet.ts";
import type { Net } from "../nets/registry.ts";
import { encodeModel } from "../onnx/model.ts";
import { noise } from "../onnx/noise.ts";
import { readSafetensorsFile } from "../safetensors/read-file.node.ts";
import { float32 } from "../tensor/tensor.ts";
import golden from "./golden/state-dict.json" with { type: "json" };
import { normParameters } from "./norm-parameters.ts";
import { startState } from "./state.ts";
import { stateDict } from "./state-dict.ts";
import { buildStep } from "./step.ts";
import { trainedModel } from "./trained-model.ts";

// scripts/golden/state-dict.py
const FILE = join(import.meta.dirname, "golden", "iresnet.safetensors");
const { size, batch } = golden;
const small: Net = (net, x) => iresnet(net, x, golden.options);
const smallMbf: Net = (net, x) => mobileFaceNet(net, x, golden.mbfOptions as never);

test("a state dict of PyTorch's gives our network the same embeddings", async () => {
  const { tensors } = await readSafetensorsFile(FILE);
  const model = trainedModel("small", small, size, tensors, FILE);
  await using session = await createSession(encodeModel(model), "small", {});
  const images = float32(noise(batch * 3 * size * size, 100), [batch, 3, size, size]);
  const { output } = await session.run({ images });
  // float32 against float64
  expect(output!.data as Float32Array).toBeCloseToTensor(golden.answer, { atol: 1e-5 });
});

test.each<[string, Net, number, Readonly<Record<string, readonly number[]>>]>([
  ["an IResNet", small, size, golden.iresnet],
  ["a MobileFaceNet", smallMbf, 32, golden.mbf],
])("%s in training has the names and shapes of PyTorch's state dict, no more and no fewer", (_, net, side, wanted) => {
  const step = buildStep({ net, loss: { kind: "margin" }, classes: 4, batch: 2, size: side });
  const { parameters, statistics } = startState(step);
  const dict = stateDict(new Map([...parameters, ...statistics]), 7);
  const shapes = Object.fromEntries([...dict].map(([name, { shape }]) => [name, shape]));
  expect(shapes).toEqual(wanted);
});

// scripts/golden/state-dict.py: those of BatchNorm and PReLU modules
test.each<[string, Net, number, readonly string[]]>([
  ["an IResNet", small, size, golden.iresnetNorms],
  ["a MobileFaceNet", smallMbf, 32, golden.mbfNorms],
])("the parameters of %s's batch-norms and PReLUs are known by their names and shapes", (_, net, side, wanted) => {
  const loss = { kind: "softmax" } as const; // whose head has a bias
  const { parameters } = buildStep({ net, loss, classes: 4, batch: 2, size: side });
  expect([...normParameters(parameters)].sort()).toEqual(wanted);
});

test("weights that lack something, or are of another size, are told by name", async () => {
  const { tensors } = await readSafetensorsFile(FILE);
  const without = (name: string) => new Map([...tensors].filter(([own]) => own !== name));
  expect(() => trainedModel("small", small, size, without("layer1.0.prelu.weight"), "w")).toThrow(
    "w: expected layer1.0.prelu.weight [6, 1, 1], got none",
  );
  expect(() => trainedModel("small", small, size, without("features.weight"), "w")).toThrow(
    "w: expected features.weight [16], got none",
  );
  expect(() => trainedModel("small", small, 16, tensors, "w")).toThrow("w: expected fc.weight [16, 24], got [16, 96]");
});
