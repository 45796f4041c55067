import { type ConvOptions, kaimingFanOut as init, type Layers, type Shaped } from "./layers.ts";

export type MobileFaceNet = {
  /** Of the four runs of residual blocks; the first is one grouped convolution where it is 1. */
  readonly blocks: readonly [number, number, number, number];
  /** All widths are multiplied with it. */
  readonly scale: number;
  /** Numbers of the embedding. */
  readonly features?: number;
};

/**
 * MobileFaceNet in InsightFace's form: inverted bottlenecks, and at the end a depthwise convolution over the whole
 * remaining 7×7 image in place of pooling.
 *
 * @param x [N, 3, 112, 112], RGB, (x − 127.5) / 127.5.
 * @returns [N, 512], not normalised.
 * Source: insightface recognition/arcface_torch/backbones/mobilefacenet.py; Chen et al., arXiv:1804.07573.
 */
export function mobileFaceNet<V extends Shaped>(
  net: Layers<V>,
  x: V,
  { blocks, scale, features = 512 }: MobileFaceNet,
): V {
  const [narrow, wide] = [64 * scale, 128 * scale];
  const layer = (i: number): Layers<V> => net.in("layers").in(`${i}`);
  let y = convBlock(layer(0), x, narrow, { stride: 2 });
  y = blocks[0] === 1 ? convBlock(layer(1), y, narrow, { groups: 64 }) : residual(layer(1), y, narrow, 128, blocks[0]);
  y = bottleneck(layer(2), y, narrow, 128, 2);
  y = residual(layer(3), y, narrow, 128, blocks[1]);
  y = bottleneck(layer(4), y, wide, 256, 2);
  y = residual(layer(5), y, wide, 256, blocks[2]);
  y = bottleneck(layer(6), y, wide, 512, 2);
  y = residual(layer(7), y, wide, 256, blocks[3]);
  y = convBlock(net.in("conv_sep"), y, 512, { kernel: 1 });
  return globalDepthwise(net.in("features").in("layers"), y, features);
}

type Block = Omit<ConvOptions, "init">;

function linearBlock<V extends Shaped>(net: Layers<V>, x: V, filters: number, options: Block): V {
  const layers = net.in("layers");
  return layers.batchNorm("1", layers.conv("0", x, filters, { ...options, init }));
}

function convBlock<V extends Shaped>(net: Layers<V>, x: V, filters: number, options: Block): V {
  return net.in("layers").prelu("2", linearBlock(net, x, filters, options));
}

/** 1×1 to `inner` channels, 3×3 on each of them alone, 1×1 to `filters`. */
function bottleneck<V extends Shaped>(net: Layers<V>, x: V, filters: number, inner: number, stride: number): V {
  const layers = net.in("layers");
  let y = convBlock(layers.in("0"), x, inner, { kernel: 1 });
  y = convBlock(layers.in("1"), y, inner, { stride, groups: inner });
  return linearBlock(layers.in("2"), y, filters, { kernel: 1 });
}

function residual<V extends Shaped>(net: Layers<V>, x: V, filters: number, inner: number, count: number): V {
  let y = x;
  for (let i = 0; i < count; i++) y = net.add(y, bottleneck(net.in("layers").in(`${i}`), y, filters, inner, 1));
  return y;
}

function globalDepthwise<V extends Shaped>(net: Layers<V>, x: V, features: number): V {
  const channels = x.shape[1] as number;
  const size = x.shape[2] as number;
  const y = linearBlock(net.in("0"), x, channels, { kernel: size, pad: 0, groups: channels });
  return net.batchNorm("3", net.linear("2", net.flatten(y), features, init));
}
