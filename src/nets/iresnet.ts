import { type Layers, normal, type Shaped } from "./layers.ts";

const init = normal(0.1);

export type IResNet = {
  /** Blocks a stage; each stage halves the image. */
  readonly blocks: readonly number[];
  /** Channels of each stage; the stem has the first one's. */
  readonly widths?: readonly number[];
  /** Numbers of the embedding. */
  readonly features?: number;
  /** Before the last layer, while training; default 0, as InsightFace trains. */
  readonly dropout?: number;
};

/**
 * ArcFace's residual network: no activation after a sum, batch normalisation before the first convolution of a block.
 *
 * @param x [N, 3, H, W], RGB, (x − 127.5) / 127.5; H and W are 112.
 * @returns [N, 512], not normalised.
 * Source: insightface recognition/arcface_torch/backbones/iresnet.py; Deng et al., arXiv:1801.07698, and the block of
 * Han et al., arXiv:1610.02915.
 */
export function iresnet<V extends Shaped>(
  net: Layers<V>,
  x: V,
  { blocks, widths = [64, 128, 256, 512], features = 512, dropout = 0 }: IResNet,
): V {
  let y = net.conv("conv1", x, widths[0]!, { init });
  y = net.batchNorm("bn1", y);
  y = net.prelu("prelu", y);
  for (const [i, count] of blocks.entries()) {
    for (let block = 0; block < count; block++) {
      y = basicBlock(net.in(`layer${i + 1}`).in(`${block}`), y, widths[i]!, block === 0 ? 2 : 1);
    }
  }
  y = net.batchNorm("bn2", y);
  y = net.dropout("dropout", net.flatten(y), dropout);
  y = net.linear("fc", y, features);
  return net.batchNorm("features", y, { frozenScale: true });
}

function basicBlock<V extends Shaped>(net: Layers<V>, x: V, filters: number, stride: number): V {
  let y = net.batchNorm("bn1", x);
  y = net.conv("conv1", y, filters, { init });
  y = net.batchNorm("bn2", y);
  y = net.prelu("prelu", y);
  y = net.conv("conv2", y, filters, { stride, init });
  y = net.batchNorm("bn3", y);
  return net.add(y, stride === 1 ? x : downsample(net.in("downsample"), x, filters, stride));
}

function downsample<V extends Shaped>(net: Layers<V>, x: V, filters: number, stride: number): V {
  return net.batchNorm("1", net.conv("0", x, filters, { kernel: 1, stride, init }));
}
