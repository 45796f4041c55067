"""Golden values for src/nets and src/tensor/random.ts: the networks and their random weights anew, in numpy.

    /usr/bin/python3 scripts/golden/nets.py > src/nets/golden/nets.json

- random: the first numbers of a stream, from sfc32 and Marsaglia's polar method written out again.
- iresnet: a small IResNet with random weights and running statistics, all of them written down, run in float64.
- mbf: the sha256 of the weights of the real one for seed 0, and its answer to noise, run in float64.
"""
import hashlib
import json
import math
import numpy as np

M32 = 0xFFFFFFFF


class Random:
    def __init__(self, seed):
        self.a, self.b, self.c, self.counter, self.spare = 0, (seed >> 32) & M32, seed & M32, 1, None
        for _ in range(12):
            self.uint32()

    def uint32(self):
        total = (self.a + self.b + self.counter) & M32
        self.counter = (self.counter + 1) & M32
        self.a = self.b ^ (self.b >> 9)
        self.b = (self.c + (self.c << 3)) & M32
        self.c = (((self.c << 21) | (self.c >> 11)) + total) & M32
        return total

    def uniform(self):
        return self.uint32() / 2**32

    def normal(self):
        if self.spare is not None:
            value, self.spare = self.spare, None
            return value
        while True:
            u, v = 2 * self.uniform() - 1, 2 * self.uniform() - 1
            s = u * u + v * v
            if 0 < s < 1:
                break
        # The machine's own logarithm: the two may differ in their last bits, which float32 hides but for one in 1e8.
        stretch = math.sqrt(-2 * math.log(s) / s)
        self.spare = v * stretch
        return u * stretch


def noise(length, seed):
    i = np.arange(1, length + 1, dtype=np.uint64)
    x = (i * 0x9E3779B1 & M32) ^ ((seed + 1) * 0x85EBCA6B & M32)
    x = (x ^ (x >> 15)) * 0x2C1B3C6D & M32
    x = (x ^ (x >> 12)) * 0x297A2D39 & M32
    return ((x ^ (x >> 15)) / 2**31 - 1).astype(np.float32)


def conv(x, w, stride=1, pad=1, groups=1):
    k = w.shape[2]
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(2, 3))[:, :, ::stride, ::stride]
    parts = zip(np.split(windows, groups, axis=1), np.split(w, groups))
    return np.concatenate([np.einsum("nchwij,ocij->nohw", a, b, optimize=True) for a, b in parts], axis=1)


def vector(values, x):
    return values.reshape((1, -1) + (1,) * (x.ndim - 2))


def bn(x, p, name, eps=1e-5):
    scale, shift, mean, var = (vector(p[f"{name}.{part}"], x) for part in ("weight", "bias", "running_mean", "running_var"))
    return scale * (x - mean) / np.sqrt(var + eps) + shift


def prelu(x, slope):
    return np.where(x > 0, x, vector(slope, x) * x)


def iresnet(x, p, blocks):
    x = prelu(bn(conv(x, p["conv1.weight"]), p, "bn1"), p["prelu.weight"])
    for stage, count in enumerate(blocks, 1):
        for i in range(count):
            at, stride = f"layer{stage}.{i}", 2 if i == 0 else 1
            y = conv(bn(x, p, f"{at}.bn1"), p[f"{at}.conv1.weight"])
            y = prelu(bn(y, p, f"{at}.bn2"), p[f"{at}.prelu.weight"])
            y = bn(conv(y, p[f"{at}.conv2.weight"], stride), p, f"{at}.bn3")
            if stride == 2:
                x = bn(conv(x, p[f"{at}.downsample.0.weight"], 2, 0), p, f"{at}.downsample.1")
            x = y + x
    x = bn(x, p, "bn2").reshape(len(x), -1)
    return bn(x @ p["fc.weight"].T + p["fc.bias"], p, "features")


def iresnet_weights(rng, blocks, widths, features, size):
    p = {}

    def values(name, *shape, low=-1.0, high=1.0):
        # Few digits, as float32 holds them.
        p[name] = rng.uniform(low, high, shape).round(3).astype(np.float32).astype(np.float64)

    def norm(name, n):
        values(f"{name}.weight", n, low=0.5, high=1.5)
        values(f"{name}.bias", n)
        values(f"{name}.running_mean", n)
        values(f"{name}.running_var", n, low=0.2, high=2)

    def filters(name, out, into, k):
        values(f"{name}.weight", out, into, k, k, low=-0.3, high=0.3)

    filters("conv1", widths[0], 3, 3)
    norm("bn1", widths[0])
    values("prelu.weight", widths[0], 1, 1, low=-0.5, high=2)
    into = widths[0]
    for stage, (count, out) in enumerate(zip(blocks, widths), 1):
        for i in range(count):
            at = f"layer{stage}.{i}"
            norm(f"{at}.bn1", into)
            filters(f"{at}.conv1", out, into, 3)
            norm(f"{at}.bn2", out)
            values(f"{at}.prelu.weight", out, 1, 1, low=-0.5, high=2)
            filters(f"{at}.conv2", out, out, 3)
            norm(f"{at}.bn3", out)
            if i == 0:
                filters(f"{at}.downsample.0", out, into, 1)
                norm(f"{at}.downsample.1", out)
            into = out
    norm("bn2", into)
    values("fc.weight", features, into * (size // 16) ** 2, low=-0.3, high=0.3)
    values("fc.bias", features)
    norm("features", features)
    return p


class Mbf:
    """The network of seed 0: weights are drawn as layers come, and kept in `stream` as float32."""

    def __init__(self, seed):
        self.random, self.stream = Random(seed), []
        # The mean square of what comes next: of pixels in +-1 at first.
        self.power = 1 / 3

    def weight(self, *shape):
        deviation = math.sqrt(2 / (shape[0] * math.prod(shape[2:])))
        drawn = [deviation * self.random.normal() for _ in range(math.prod(shape))]
        self.stream.append(np.array(drawn, np.float32))
        return self.stream[-1].astype(np.float64).reshape(shape)

    def linear_block(self, x, out, k=1, stride=1, pad=0, groups=1):
        taps = x.shape[1] // groups * k * k
        y = conv(x, self.weight(out, x.shape[1] // groups, k, k), stride, pad, groups)
        return self.norm(y, self.power * taps * 2 / (out * k * k))

    def norm(self, x, power):
        self.power = 1.0
        return x / math.sqrt(np.float64(np.float32(power)) + 1e-5)

    def conv_block(self, x, out, k=1, stride=1, pad=0, groups=1):
        x = self.linear_block(x, out, k, stride, pad, groups)
        self.power *= (1 + 0.25**2) / 2
        return np.where(x > 0, x, 0.25 * x)

    def depth_wise(self, x, out, inner, stride):
        x = self.conv_block(self.conv_block(x, inner), inner, 3, stride, 1, inner)
        return self.linear_block(x, out)

    def residual(self, x, count, inner):
        for _ in range(count):
            before = self.power
            x = x + self.depth_wise(x, x.shape[1], inner, 1)
            self.power += before
        return x

    def run(self, x):
        x = self.conv_block(x, 128, 3, 2, 1)
        x = self.conv_block(x, 128, 3, 1, 1, 64)
        x = self.residual(self.depth_wise(x, 128, 128, 2), 4, 128)
        x = self.residual(self.depth_wise(x, 256, 256, 2), 6, 256)
        x = self.residual(self.depth_wise(x, 256, 512, 2), 2, 256)
        x = self.linear_block(self.conv_block(x, 512), 512, 7, 1, 0, 512)
        x = x.reshape(len(x), -1) @ self.weight(512, 512).T
        return self.norm(x, self.power * 512 * 2 / 512)


blocks, widths, features, size = [2, 1, 1, 1], [4, 6, 6, 8], 8, 32
weights = iresnet_weights(np.random.default_rng(7), blocks, widths, features, size)
images = noise(2 * 3 * size * size, 3).reshape(2, 3, size, size).astype(np.float64)
small = {
    "blocks": blocks, "widths": widths, "features": features, "size": size, "inputSeed": 3, "inputShape": list(images.shape),
    "weights": {name: {"shape": list(w.shape), "data": w.ravel().round(3).tolist()} for name, w in weights.items()},
    "output": iresnet(images, weights, blocks).ravel().round(9).tolist(),
}
mbf = Mbf(0)
faces = noise(2 * 3 * 112 * 112, 5).reshape(2, 3, 112, 112).astype(np.float64)
answer = mbf.run(faces)
mbf_golden = {
    "seed": 0, "inputSeed": 5, "inputShape": list(faces.shape),
    "weightsSha256": hashlib.sha256(np.concatenate(mbf.stream).tobytes()).hexdigest(),
    "output": [float(f"{v:.8g}") for v in answer.ravel()],
}
random = []
for seed in (0, 1, 2**32 + 5):
    r, s = Random(seed), Random(seed)
    random.append({"seed": seed, "uniform": [r.uniform() for _ in range(8)], "normal": [s.normal() for _ in range(8)]})
print(json.dumps({"random": random, "iresnet": small, "mbf": mbf_golden}))
