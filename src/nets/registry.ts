import { GraphBuilder } from "../onnx/builder.ts";
import type { ModelProto } from "../onnx/schema.ts";
import { createRandom, type Random } from "../tensor/random.ts";
import { iresnet } from "./iresnet.ts";
import { inferenceLayers, type Layers, type Shaped } from "./layers.ts";
import { mobileFaceNet } from "./mobilefacenet.ts";

/** A network in the words of layers: [N, 3, 112, 112] → [N, 512]. */
export type Net = <V extends Shaped>(net: Layers<V>, x: V) => V;

/**
 * Our own architectures, by InsightFace's names.
 * Source: insightface recognition/arcface_torch/backbones/__init__.py.
 */
export const NETS = {
  iresnet18: (net, x) => iresnet(net, x, { blocks: [2, 2, 2, 2] }),
  iresnet34: (net, x) => iresnet(net, x, { blocks: [3, 4, 6, 3] }),
  iresnet50: (net, x) => iresnet(net, x, { blocks: [3, 4, 14, 3] }),
  iresnet100: (net, x) => iresnet(net, x, { blocks: [3, 13, 30, 3] }),
  iresnet200: (net, x) => iresnet(net, x, { blocks: [6, 26, 60, 6] }),
  mbf: (net, x) => mobileFaceNet(net, x, { blocks: [1, 4, 6, 2], scale: 2 }),
  mbf_large: (net, x) => mobileFaceNet(net, x, { blocks: [2, 8, 12, 4], scale: 4 }),
} as const satisfies Record<string, Net>;

export type NetName = keyof typeof NETS;

export function isNetName(name: string): name is NetName {
  return Object.hasOwn(NETS, name);
}

/**
 * A network with random weights, as it starts its training, in inference form: input `images` [N, 3, 112, 112],
 * output `output` [N, 512], not normalised.
 *
 * @param seed the same weights, byte for byte, on every machine.
 */
export function buildNet(name: NetName, { seed = 0 }: { readonly seed?: number } = {}): ModelProto {
  return buildModel(name, NETS[name], { random: createRandom(seed) });
}

/** The same of any description. @param random where weights are drawn from. @param size of the images, squares. */
export function buildModel(
  name: string,
  net: Net,
  { random, size = 112 }: { random: Random; size?: number },
): ModelProto {
  const g = new GraphBuilder();
  const images = g.input("images", ["N", 3, size, size]);
  g.output("output", net(inferenceLayers(g, random), images));
  return g.toModel(name);
}
