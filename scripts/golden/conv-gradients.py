"""Golden values for src/onnx/gradients/conv.test.ts: gradients of convolutions in PyTorch, float64.

    /usr/bin/python3 scripts/golden/conv-gradients.py > src/onnx/gradients/golden/conv.json

x, w and dy are noise that both sides compute; ∂w is kept whole, of ∂x the elements at i·stride.
Needs Debian's python3-torch.
"""
import json

import numpy as np
import torch
from torch.nn import functional as F

M32 = 0xFFFFFFFF
KEPT = 150

# name, x, filters, kernel, strides, pads (top, left, bottom, right), groups
CASES = [
    ("3×3", (2, 3, 6, 5), 4, (3, 3), (1, 1), (1, 1, 1, 1), 1),
    ("3×3 with wide inputs on a small plane", (3, 17, 7, 7), 5, (3, 3), (1, 1), (1, 1, 1, 1), 1),
    ("3×3 with wide inputs on a plane of 14", (1, 16, 14, 14), 6, (3, 3), (1, 1), (1, 1, 1, 1), 1),
    ("3×3 on a plane of 21", (2, 16, 21, 20), 3, (3, 3), (1, 1), (1, 1, 1, 1), 1),
    ("3×3 on a plane of 33", (2, 16, 33, 32), 2, (3, 3), (1, 1), (1, 1, 1, 1), 1),
    ("3×3 on a plane of 21, uneven pads", (1, 16, 21, 20), 3, (3, 3), (1, 1), (2, 0, 0, 2), 1),
    ("3×3 on a plane of 33, uneven pads", (1, 16, 33, 32), 2, (3, 3), (1, 1), (0, 2, 2, 0), 1),
    ("the stem", (2, 3, 33, 33), 8, (3, 3), (1, 1), (1, 1, 1, 1), 1),
    ("the stem, stride 2", (2, 3, 33, 34), 8, (3, 3), (2, 2), (1, 1, 1, 1), 1),
    ("3×3 without pads", (2, 4, 7, 6), 3, (3, 3), (1, 1), (0, 0, 0, 0), 1),
    ("3×3, uneven pads", (2, 3, 6, 5), 4, (3, 3), (1, 1), (0, 1, 2, 0), 1),
    ("pads wider than the kernel", (1, 2, 4, 5), 3, (2, 2), (1, 1), (2, 2, 1, 3), 1),
    ("2×5", (2, 3, 6, 7), 4, (2, 5), (1, 1), (1, 2, 0, 2), 1),
    ("stride 2 on even sizes", (2, 4, 8, 6), 5, (3, 3), (2, 2), (1, 1, 1, 1), 1),
    ("stride 2 on odd sizes", (2, 4, 7, 9), 5, (3, 3), (2, 2), (1, 1, 1, 1), 1),
    ("stride 2 with wide inputs", (2, 16, 20, 21), 3, (3, 3), (2, 2), (1, 1, 1, 1), 1),
    ("stride 2, uneven pads", (1, 3, 8, 8), 2, (3, 3), (2, 2), (0, 0, 1, 1), 1),
    ("stride 3, 5×5", (1, 3, 11, 13), 2, (5, 5), (3, 3), (2, 2, 2, 2), 1),
    ("a stride of its own each way", (2, 3, 8, 9), 4, (3, 3), (2, 1), (1, 1, 1, 1), 1),
    ("1×1", (3, 5, 4, 6), 7, (1, 1), (1, 1), (0, 0, 0, 0), 1),
    ("1×1, stride 2, even", (2, 5, 6, 8), 4, (1, 1), (2, 2), (0, 0, 0, 0), 1),
    ("1×1, stride 2, odd", (2, 5, 7, 5), 4, (1, 1), (2, 2), (0, 0, 0, 0), 1),
    ("1×1 with pads", (1, 3, 4, 4), 2, (1, 1), (1, 1), (1, 1, 1, 1), 1),
    ("7×7 on 7×7", (3, 4, 7, 7), 2, (7, 7), (1, 1), (0, 0, 0, 0), 1),
    ("depthwise", (2, 6, 7, 8), 6, (3, 3), (1, 1), (1, 1, 1, 1), 6),
    ("depthwise on a plane of 21", (2, 4, 21, 20), 4, (3, 3), (1, 1), (1, 1, 1, 1), 4),
    ("depthwise, a batch of one", (1, 6, 7, 8), 6, (3, 3), (1, 1), (1, 1, 1, 1), 6),
    ("depthwise, uneven pads", (2, 4, 6, 7), 4, (3, 3), (1, 1), (2, 0, 1, 1), 4),
    ("depthwise, stride 2, even", (2, 5, 8, 8), 5, (3, 3), (2, 2), (1, 1, 1, 1), 5),
    ("depthwise, stride 2, odd", (2, 5, 9, 7), 5, (3, 3), (2, 2), (1, 1, 1, 1), 5),
    ("depthwise 7×7 on 7×7", (3, 8, 7, 7), 8, (7, 7), (1, 1), (0, 0, 0, 0), 8),
    ("depthwise, two filters a channel", (2, 4, 6, 6), 8, (3, 3), (1, 1), (1, 1, 1, 1), 4),
    ("groups of two", (2, 12, 9, 8), 12, (3, 3), (1, 1), (1, 1, 1, 1), 6),
    ("groups of two, stride 2", (2, 12, 9, 8), 12, (3, 3), (2, 2), (1, 1, 1, 1), 6),
    ("groups, 1×1", (2, 6, 4, 4), 9, (1, 1), (1, 1), (0, 0, 0, 0), 3),
    ("one pixel", (1, 1, 1, 1), 1, (1, 1), (1, 1), (0, 0, 0, 0), 1),
]


def noise(shape, seed):
    i = np.arange(1, int(np.prod(shape)) + 1, dtype=np.uint64)
    x = (i * 0x9E3779B1 & M32) ^ ((seed + 1) * 0x85EBCA6B & M32)
    x = (x ^ (x >> 15)) * 0x2C1B3C6D & M32
    x = (x ^ (x >> 12)) * 0x297A2D39 & M32
    flat = ((x ^ (x >> 15)) / 2**31 - 1).astype(np.float32).astype(np.float64)
    return torch.from_numpy(flat.reshape(shape))


def kept(tensor, count):
    flat = tensor.flatten()
    stride = -(-flat.numel() // count)
    return {"stride": stride, "values": [float(f"{v:.8g}") for v in flat[::stride]]}


def case(name, shape, filters, kernel, strides, pads, group):
    x = noise(shape, 1).requires_grad_(True)
    w = noise((filters, shape[1] // group, *kernel), 2).requires_grad_(True)
    top, left, bottom, right = pads
    y = F.conv2d(F.pad(x, (left, right, top, bottom)), w, stride=strides, groups=group)
    y.backward(noise(tuple(y.shape), 3))
    return {"name": name, "input": shape, "weights": tuple(w.shape), "output": tuple(y.shape), "strides": strides,
            "pads": pads, "group": group, "dx": kept(x.grad, KEPT), "dw": kept(w.grad, 10**9)}


if __name__ == "__main__":
    print(json.dumps([case(*c) for c in CASES], separators=(",", ":")))
