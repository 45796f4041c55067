"""The run that scripts/compare-training.ts has laid down in a folder, by PyTorch: same start, same batches, same order.

    /usr/bin/python3 scripts/compare_training.py FOLDER [float32|float64] [--threads N]

Reads plan.json, start.bin, images.bin and labels.bin; writes torch-float32.json or torch-float64.json: the loss of each
step. Needs Debian's python3-torch.
"""
import json
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


def batch_norm(channels):
    return nn.BatchNorm2d(channels, eps=1e-5, momentum=0.1)


def conv(inputs, outputs, stride=1, kernel=3):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)


class Block(nn.Module):
    """Names are those of the state dict."""

    def __init__(self, inputs, filters, stride):
        super().__init__()
        self.bn1, self.conv1 = batch_norm(inputs), conv(inputs, filters)
        self.bn2, self.prelu, self.conv2 = batch_norm(filters), nn.PReLU(filters), conv(filters, filters, stride)
        self.bn3 = batch_norm(filters)
        if stride > 1:
            self.downsample = nn.Sequential(conv(inputs, filters, stride, 1), batch_norm(filters))

    def forward(self, x):
        y = self.bn3(self.conv2(self.prelu(self.bn2(self.conv1(self.bn1(x))))))
        return y + (self.downsample(x) if hasattr(self, "downsample") else x)


class IResNet(nn.Module):
    def __init__(self, blocks, widths, features, size):
        super().__init__()
        self.conv1, self.bn1, self.prelu = conv(3, widths[0]), batch_norm(widths[0]), nn.PReLU(widths[0])
        inputs = widths[0]
        for i, (count, filters) in enumerate(zip(blocks, widths)):
            stage = []
            for block in range(count):
                stage.append(Block(inputs, filters, 2 if block == 0 else 1))
                inputs = filters
                size = (size + 1) // 2 if block == 0 else size
            setattr(self, f"layer{i + 1}", nn.Sequential(*stage))
        self.stages = len(blocks)
        self.bn2, self.fc = batch_norm(inputs), nn.Linear(inputs * size * size, features)
        self.features = nn.BatchNorm1d(features, eps=1e-5, momentum=0.1)
        self.features.weight.requires_grad = False

    def forward(self, x):
        y = self.prelu(self.bn1(self.conv1(x)))
        for i in range(self.stages):
            y = getattr(self, f"layer{i + 1}")(y)
        return self.features(self.fc(self.bn2(y).flatten(1)))


def arcface(embedding, centres, labels, scale, margin):
    """The margin is added where no gradient is recorded, as insightface does."""
    cos = F.linear(F.normalize(embedding), F.normalize(centres)).clamp(-1, 1)
    rows = torch.arange(len(labels))
    with torch.no_grad():
        added = torch.cos(torch.arccos(cos[rows, labels]) + margin) - cos[rows, labels]
    onehot = F.one_hot(labels, cos.shape[1])
    return F.cross_entropy(scale * (cos + onehot * added[:, None]), labels)


def main(folder, dtype="float32", threads=2):
    torch.set_num_threads(threads)
    number = getattr(torch, dtype)
    folder = Path(folder)
    plan = json.loads((folder / "plan.json").read_text())
    start = np.fromfile(folder / "start.bin", dtype="<f4")
    net = IResNet(**plan["net"], size=plan["size"]).to(number)
    values, at = {}, 0
    for name, shape in plan["parameters"]:
        size = int(np.prod(shape))
        values[name] = torch.from_numpy(start[at : at + size].reshape(shape)).to(number)
        at += size
    assert at == len(start)
    head = nn.Parameter(values.pop("head.weight"))
    missing, unexpected = net.load_state_dict(values, strict=False)
    expected = {name for name, _ in net.named_buffers()} | {"features.weight"}
    assert not unexpected and set(missing) <= expected, (missing, unexpected)
    net.train()

    learnt = [p for p in [*net.parameters(), head] if p.requires_grad]
    sgd = torch.optim.SGD(learnt, lr=1, momentum=plan["momentum"], weight_decay=plan["weightDecay"])
    batch, side = plan["batch"], plan["size"]
    images = np.memmap(folder / "images.bin", dtype="u1", mode="r").reshape(-1, batch, 3, side, side)
    labels = np.fromfile(folder / "labels.bin", dtype="<i4").reshape(-1, batch)
    losses = []
    for x, y, rate in zip(images, labels, plan["rates"]):
        for group in sgd.param_groups:
            group["lr"] = rate
        x = ((torch.from_numpy(x.astype("f4")) - 127.5) / 127.5).to(number)
        loss = arcface(net(x), head, torch.from_numpy(y.astype("i8")), plan["s"], plan["margin"])
        sgd.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_((p for p in net.parameters() if p.requires_grad), plan["clip"])
        sgd.step()
        losses.append(loss.item())
    (folder / f"torch-{dtype}.json").write_text(json.dumps({"losses": losses}))


if __name__ == "__main__":
    main(*sys.argv[1:3], **({"threads": int(sys.argv[4])} if len(sys.argv) > 4 else {}))
