"""Golden values for src/train/step.test.ts: three whole training steps in PyTorch, float64.

    /usr/bin/python3 scripts/golden/training-net.py > src/train/golden/training-net.json

Of small networks (one with dropout, whose masks are torch's own draws) and of the whole IResNet-18 and mbf at 112 px: the loss of each step, the gradients of the first one,
running statistics and weights after the third. Weights, images and labels are formulas that both sides compute; of each
tensor some elements are kept, at i·stride, with the sum and the largest magnitude of all.
Needs Debian's python3-torch.
"""
import json

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

M32 = 0xFFFFFFFF
MOMENTUM, DECAY, CLASSES, S, MARGIN = 0.9, 5e-4, 20, 8, 0.5


def noise(length, seed):
    i = np.arange(1, length + 1, dtype=np.uint64)
    x = (i * 0x9E3779B1 & M32) ^ ((seed + 1) * 0x85EBCA6B & M32)
    x = (x ^ (x >> 15)) * 0x2C1B3C6D & M32
    x = (x ^ (x >> 12)) * 0x297A2D39 & M32
    return ((x ^ (x >> 15)) / 2**31 - 1).astype(np.float32)


def start(shape, seed, kind, spread):
    """What src/train/step.test.ts computes: products of float32 in float64, then rounded."""
    x = noise(int(np.prod(shape)), seed).astype(np.float64)
    if kind == "slope":
        x = 0.25 + spread * x
    elif kind == "scale":
        x = 1 + 0.3 * x
    elif kind == "shift":
        x = 0.2 * x
    else:
        x = x * np.sqrt(3 / np.prod(shape[1:]))
    return torch.from_numpy(x.astype(np.float32).astype(np.float64).reshape(shape))


def conv(i, o, k=3, stride=1, pad=None, groups=1):
    return nn.Conv2d(i, o, k, stride, (k - 1) // 2 if pad is None else pad, groups=groups, bias=False)


class Block(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.bn1, self.conv1, self.bn2, self.prelu = nn.BatchNorm2d(i), conv(i, o), nn.BatchNorm2d(o), nn.PReLU(o)
        self.conv2, self.bn3 = conv(o, o, stride=stride), nn.BatchNorm2d(o)
        self.downsample = nn.Sequential(conv(i, o, 1, stride), nn.BatchNorm2d(o)) if stride > 1 else nn.Identity()

    def forward(self, x):
        return self.bn3(self.conv2(self.prelu(self.bn2(self.conv1(self.bn1(x)))))) + self.downsample(x)


class IResNet(nn.Module):
    def __init__(self, size, blocks, widths=(64, 128, 256, 512), features=512, dropout=0):
        super().__init__()
        self.dropout, self.kept = nn.Dropout(dropout), []
        self.conv1, self.bn1, self.prelu = conv(3, widths[0]), nn.BatchNorm2d(widths[0]), nn.PReLU(widths[0])
        i = widths[0]
        for stage, (count, o) in enumerate(zip(blocks, widths), 1):
            setattr(self, f"layer{stage}", nn.Sequential(*(Block(o if b else i, o, 1 if b else 2) for b in range(count))))
            i, size = o, (size + 1) // 2
        self.bn2, self.fc, self.features = nn.BatchNorm2d(i), nn.Linear(i * size * size, features), nn.BatchNorm1d(features)
        self.features.weight.requires_grad = False

    def forward(self, x):
        y = self.prelu(self.bn1(self.conv1(x)))
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            y = stage(y)
        y = self.bn2(y).flatten(1)
        dropped = self.dropout(y)
        # What torch kept, which the other side is told; nothing here is 0 by itself.
        self.kept.append((dropped != 0).int().flatten().tolist())
        return self.features(self.fc(dropped))


class Layers(nn.Module):
    def __init__(self, *layers, residual=False):
        super().__init__()
        self.layers, self.residual = nn.Sequential(*layers), residual

    def forward(self, x):
        if not self.residual:
            return self.layers(x)
        for layer in self.layers:
            x = x + layer(x)
        return x


def linear_block(i, o, **options):
    return Layers(conv(i, o, **options), nn.BatchNorm2d(o))


def conv_block(i, o, **options):
    return Layers(conv(i, o, **options), nn.BatchNorm2d(o), nn.PReLU(o))


def bottleneck(i, o, inner, stride):
    return Layers(conv_block(i, inner, k=1), conv_block(inner, inner, stride=stride, groups=inner), linear_block(inner, o, k=1))


def residual(width, inner, count):
    return Layers(*(bottleneck(width, width, inner, 1) for _ in range(count)), residual=True)


class MobileFaceNet(nn.Module):
    def __init__(self, size, blocks, scale, features=512):
        super().__init__()
        a, b = 64 * scale, 128 * scale
        first = conv_block(a, a, groups=64) if blocks[0] == 1 else residual(a, 128, blocks[0])
        self.layers = nn.Sequential(
            conv_block(3, a, stride=2), first, bottleneck(a, a, 128, 2), residual(a, 128, blocks[1]),
            bottleneck(a, b, 256, 2), residual(b, 256, blocks[2]), bottleneck(b, b, 512, 2), residual(b, 256, blocks[3]))
        self.conv_sep = conv_block(b, 512, k=1)
        end = size // 16
        self.features = Layers(linear_block(512, 512, k=end, pad=0, groups=512), nn.Flatten(),
                               nn.Linear(512, features, bias=False), nn.BatchNorm1d(features))

    def forward(self, x):
        return self.features(self.conv_sep(self.layers(x)))


def kind_of(name, module):
    if isinstance(module, nn.PReLU):
        return "slope"
    if name.endswith("bias"):
        return "shift"
    return "scale" if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)) else "weight"


def arcface(embedding, centres, labels):
    """The margin is added where no gradient is recorded."""
    cos = F.normalize(embedding) @ F.normalize(centres).T
    own = cos.gather(1, labels[:, None])
    with torch.no_grad():
        moved = torch.cos(torch.acos(own) + MARGIN) - own
    return F.cross_entropy(S * (cos + F.one_hot(labels, cos.shape[1]) * moved), labels)


def kept(tensor, count):
    x = tensor.detach().flatten()
    stride = -(-x.numel() // count)
    return {"stride": stride, "values": [float(f"{v:.8g}") for v in x[::stride]],
            "sum": float(f"{x.sum():.8g}"), "largest": float(f"{x.abs().max():.4g}")}


def case(kind, size, batch, options, count, lr, spread):
    torch.manual_seed(3)
    net = (IResNet if kind == "iresnet" else MobileFaceNet)(size, **options).double().train()
    modules = dict(net.named_modules())
    learnt = {name: p for name, p in net.named_parameters() if p.requires_grad}
    with torch.no_grad():
        for i, (name, p) in enumerate(sorted(learnt.items())):
            p.copy_(start(tuple(p.shape), i, kind_of(name, modules[name.rpartition(".")[0]]), spread))
    head = nn.Parameter(start((CLASSES, net.features.num_features if kind == "iresnet" else options.get("features", 512)), 999, "weight", 0))
    everything = {**learnt, "head.weight": head}
    sgd = torch.optim.SGD(everything.values(), lr=lr, momentum=MOMENTUM, weight_decay=DECAY)
    losses = []
    for step in range(3):
        x = torch.from_numpy(noise(batch * 3 * size * size, 10_000 + step).astype(np.float64).reshape(batch, 3, size, size))
        y = torch.tensor([(7 * i + step) % CLASSES for i in range(batch)])
        loss = arcface(net(x), head, y)
        sgd.zero_grad()
        loss.backward()
        if step == 0:
            gradients = {name: kept(p.grad, -(-count // 2)) for name, p in everything.items()}
        sgd.step()
        losses.append(loss.item())
    statistics = {name: kept(b, 4) for name, b in net.named_buffers() if not name.endswith("tracked")}
    masks = ["".join(map(str, mask)) for mask in net.kept] if options.get("dropout") else []
    return {"masks": masks, "kind": kind, "size": size, "batch": batch, "lr": lr, "spread": spread, "options": options, "losses": losses, "gradients": gradients,
            "parameters": {name: kept(p, count) for name, p in everything.items()}, "statistics": statistics}


if __name__ == "__main__":
    settings = {"momentum": MOMENTUM, "weightDecay": DECAY, "classes": CLASSES, "s": S, "margin": MARGIN}
    # Slopes of either sign, and some beyond 1. In mbf float32 itself loses digits, the more the wilder the slopes: PyTorch's own
    # is as far from float64 as ours.
    cases = {
        "a small IResNet": case("iresnet", 24, 6, {"blocks": [2, 1, 1, 1], "widths": [6, 16, 20, 24], "features": 16}, 16, 0.01, 1.5),
        "a small IResNet with dropout": case("iresnet", 24, 6, {"blocks": [1, 1, 1, 1], "widths": [6, 8, 8, 10], "features": 16, "dropout": 0.4}, 16, 0.01, 1.5),
        "a small MobileFaceNet": case("mbf", 32, 6, {"blocks": [1, 1, 2, 1], "scale": 1, "features": 16}, 8, 0.002, 0.5),
        "IResNet-18": case("iresnet", 112, 4, {"blocks": [2, 2, 2, 2]}, 24, 0.01, 1.5),
        "mbf": case("mbf", 112, 8, {"blocks": [1, 4, 6, 2], "scale": 2}, 12, 0.001, 0.25),
    }
    print(json.dumps({"settings": settings, "cases": cases}, separators=(",", ":")))
