"""Golden values for src/train/update.ts: torch.optim.SGD after torch.nn.utils.clip_grad_norm_, in float64.

    /usr/bin/python3 scripts/golden/sgd.py > src/train/golden/sgd.json

Needs Debian's python3-torch. Three steps of two clipped parameters ("the backbone") and one that is not ("the head"), from
gradients that are written down (in float32).
"""
import json

import torch

f64 = torch.float64
SHAPES = {"conv.weight": [4, 3, 3, 3], "bn.bias": [4], "head.weight": [5, 4]}
CLIPPED = ["conv.weight", "bn.bias"]
RATES = [0.1, 0.02, 0.3]


def run(momentum, weight_decay, clip, size):
    torch.manual_seed(11)
    draw = lambda shape, scale: (scale * torch.randn(shape)).to(torch.float32).to(f64)
    start = {name: draw(shape, 1.0) for name, shape in SHAPES.items()}
    gradients = [{name: draw(shape, size) for name, shape in SHAPES.items()} for _ in RATES]
    w = {name: torch.nn.Parameter(value.clone()) for name, value in start.items()}
    optimizer = torch.optim.SGD(w.values(), lr=0.1, momentum=momentum, weight_decay=weight_decay)
    norms, after = [], []
    for rate, gradient in zip(RATES, gradients):
        for name, value in w.items():
            value.grad = gradient[name].clone()
        backbone = [w[name] for name in CLIPPED]
        # With an infinite limit nothing is clipped, and the norm is told all the same.
        norms.append(float(torch.nn.utils.clip_grad_norm_(backbone, clip or float("inf"))))
        optimizer.param_groups[0]["lr"] = rate
        optimizer.step()
        after.append({name: value.detach().clone().flatten().tolist() for name, value in w.items()})
    flat = lambda table: {name: [float(f"{x:.9g}") for x in value.flatten().tolist()] for name, value in table.items()}
    return {
        "momentum": momentum, "weightDecay": weight_decay, "clipGradNorm": clip,
        "start": flat(start), "gradients": [flat(one) for one in gradients], "norms": norms, "after": after,
    }


print(json.dumps({
    "shapes": SHAPES, "clipped": CLIPPED, "rates": RATES,
    "cases": [run(0.9, 5e-4, 5, 2.0), run(0.9, 5e-4, 5, 0.1), run(0, 0, 0, 1.0), run(0.5, 0.1, 0, 30.0)],
}))
