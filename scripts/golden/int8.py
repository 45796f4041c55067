"""Golden numbers of 8-bit quantisation, by NumPy: scales, rounded weights, biases, ranges out of histograms.

    /usr/bin/python3 scripts/golden/int8.py > src/onnx/quantize/golden/int8.json
"""

import json
import sys

import numpy as np

rng = np.random.default_rng(8)
LEVELS = 255


def affine(low, high):
    low, high = min(low, 0.0), max(high, 0.0)
    scale = np.float32(max((high - low) / LEVELS, 1e-8))
    return scale, int(np.clip(np.rint(-low / float(scale)), 0, LEVELS))


def quantize(x, scale, zero):
    return np.clip(np.rint(np.asarray(x, np.float64) / float(scale)) + zero, 0, LEVELS).astype(int)


def weights_of(w, bias, input_scale, most):
    flat = w.reshape(len(w), -1).astype(np.float64)
    least = np.maximum(1e-8, np.abs(bias) / 2**30) / input_scale
    scales = np.maximum(np.abs(flat).max(1) / most, least).astype(np.float32)
    stored = np.clip(np.rint(flat / scales.astype(np.float64)[:, None]), -most, most)
    return stored, scales


def histogram(x):
    """4096 bins or fewer of a width that is a power of two, 0 on an edge."""
    span = max(x.max(), 0) - min(x.min(), 0)
    width = 2.0 ** np.ceil(np.log2(2 * span / 4096))
    first = int(np.floor(x.min() / width))
    last = int(np.floor(x.max() / width))
    counts, _ = np.histogram(x, bins=np.arange(first, last + 2) * width)
    return dict(first=first, width=width, counts=counts.tolist(), min=float(x.min()), max=float(x.max()))


def percentile(h, share):
    counts = np.array(h["counts"], float)
    edges = (h["first"] + np.arange(len(counts) + 1)) * h["width"]
    at = np.interp(share * counts.sum(), np.concatenate([[0], counts.cumsum()]), edges)
    return float(np.clip(at, h["min"], h["max"]))


SHARES = np.arange(64, 15, -1) / 64


def square_error(h, low, high):
    counts = np.array(h["counts"], float)
    x = (h["first"] + np.arange(len(counts)) + 0.5) * h["width"]
    low, high = min(low, 0), max(high, 0)
    outside = np.maximum(np.maximum(low - x, x - high), 0)
    return float((counts * np.where(outside > 0, outside**2, ((high - low) / LEVELS) ** 2 / 12)).sum())


def mse(h):
    lows = SHARES * h["min"] if h["min"] < 0 else [h["min"]]
    highs = SHARES * h["max"] if h["max"] > 0 else [h["max"]]
    return min(((square_error(h, a, b), -a, b) for a in lows for b in highs))


def entropy_of(h, low, high):
    counts = np.array(h["counts"], float)
    first, width = h["first"], h["width"]
    start = int(np.clip(np.floor(low / width) - first, 0, len(counts) - 1))
    end = int(np.clip(np.ceil(high / width) - 1 - first, 0, len(counts) - 1))
    inside = counts[start : end + 1]
    p = inside.copy()
    p[0] += counts[:start].sum()
    p[-1] += counts[end + 1 :].sum()
    q = np.zeros_like(inside)
    edges = [step * len(inside) // LEVELS for step in range(LEVELS + 1)]
    for a, b in zip(edges, edges[1:]):
        filled = inside[a:b] > 0
        if filled.any():
            q[a:b][filled] = inside[a:b].sum() / filled.sum()
    p, q = p / p.sum(), np.maximum(q / q.sum(), 1e-12)
    return float((p[p > 0] * np.log(p[p > 0] / q[p > 0])).sum())


def entropy(h):
    return [entropy_of(h, s * h["min"], s * h["max"]) for s in SHARES]


SAMPLES = dict(
    normal=rng.normal(0.3, 1, 21111),
    rectified=np.maximum(rng.normal(0, 2, 21111), 0),
    tailed=rng.laplace(0, 0.5, 21111) * np.where(rng.random(21111) < 0.001, 12, 1),
    uniform=rng.uniform(-1, 3, 21111),
)

histograms = []
for name, x in SAMPLES.items():
    h = histogram(x.astype(np.float32).astype(float))
    error, low, high = mse(h)
    lost = entropy(h)
    histograms.append(
        dict(
            name=name,
            histogram=h,
            minmax=[h["min"], h["max"]],
            percentile=[percentile(h, 0.00005), percentile(h, 0.99995)],
            mse=[-low, high],
            squareError=error,
            entropyShare=float(SHARES[int(np.argmin(lost))]),
            entropies=lost[::8],
        )
    )

ranges = [[-1, 1], [0, 6], [-0.3, 4.7], [0.5, 2], [-3, -1], [0, 0], [-127 / 128, 1]]
xs = [-4, -1, -0.31, 0, 0.01, 0.5, 1, 2.999, 6.5, 0.5 * 6 / 255]
affines = [
    dict(range=r, scale=float(affine(*r)[0]), zeroPoint=affine(*r)[1], x=xs, stored=quantize(xs, *affine(*r)).tolist())
    for r in ranges
]

w = rng.normal(0, 1, (5, 3, 3, 3)).astype(np.float32)
w[1] *= 1e-3
w[2] = 0
bias = np.array([0.5, -2, 3, 1e4, 0], np.float32)
input_scale = float(np.float32(0.02))
layers = []
for most in (127, 63):
    stored, scales = weights_of(w, bias.astype(np.float64), input_scale, most)
    bias_scales = (scales * np.float32(input_scale)).astype(np.float32)
    # Pictures without a border, so that every output sees 27 inputs: means follow exactly.
    x = rng.normal(0.5, 1, (4, 3, 8, 8))
    x = x - x.mean((0, 2, 3), keepdims=True) + np.array([0.2, -0.7, 1.5])[None, :, None, None]
    windows = np.lib.stride_tricks.sliding_window_view(np.tile(x, (1, 1, 3, 3)), (3, 3), (2, 3))[:, :, :8, :8]
    error = (stored * scales.astype(np.float64)[:, None]).reshape(w.shape) - w.astype(np.float64)
    shift = np.einsum("oikl,nihwkl->nohw", error, windows).mean((0, 2, 3))
    layers.append(
        dict(
            most=most,
            stored=stored.astype(int).ravel().tolist(),
            scales=scales.astype(float).tolist(),
            bias=np.rint(bias.astype(np.float64) / bias_scales.astype(np.float64)).astype(int).tolist(),
            correction=(-shift).tolist(),
        )
    )

json.dump(
    dict(
        histograms=histograms,
        affines=affines,
        samples=SAMPLES["tailed"][:3000].astype(np.float32).astype(float).round(6).tolist(),
        weights=w.astype(float).ravel().tolist(),
        shape=list(w.shape),
        bias=bias.astype(float).tolist(),
        inputScale=input_scale,
        means=[0.2, -0.7, 1.5],
        layers=layers,
    ),
    sys.stdout,
)
