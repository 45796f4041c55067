"""Golden values for src/train/update.ts: torch.optim.SGD after torch.nn.utils.clip_grad_norm_, in float64.

    /usr/bin/python3 scripts/golden/sgd.py > src/train/golden/sgd.json

Needs Debian's python3-torch. Three steps of three clipped parameters ("the backbone") and two that are not ("the head"), from
gradients that are written down (in float32). Batch-norms and PReLU slopes are a parameter group of their own.
"""
import json

import torch

f64 = torch.float64
SHAPES = {"conv.weight": [4, 3, 3, 3], "bn.bias": [4], "prelu.weight": [4], "head.weight": [5, 4], "head.bias": [5]}
CLIPPED = ["conv.weight", "bn.bias", "prelu.weight"]
NORMS = ["bn.bias", "prelu.weight"]
RATES = [0.1, 0.02, 0.3]


def run(momentum, weight_decay, clip, size, norm_weight_decay=None):
    torch.manual_seed(11)
    draw = lambda shape, scale: (scale * torch.randn(shape)).to(torch.float32).to(f64)
    start = {name: draw(shape, 1.0) for name, shape in SHAPES.items()}
    gradients = [{name: draw(shape, size) for name, shape in SHAPES.items()} for _ in RATES]
    w = {name: torch.nn.Parameter(value.clone()) for name, value in start.items()}
    norm_decay = weight_decay if norm_weight_decay is None else norm_weight_decay
    optimizer = torch.optim.SGD(
        [{"params": [value for name, value in w.items() if name not in NORMS]},
         {"params": [w[name] for name in NORMS], "weight_decay": norm_decay}],
        lr=0.1, momentum=momentum, weight_decay=weight_decay)
    norms, after = [], []
    for rate, gradient in zip(RATES, gradients):
        for name, value in w.items():
            value.grad = gradient[name].clone()
        backbone = [w[name] for name in CLIPPED]
        # With an infinite limit nothing is clipped, and the norm is told all the same.
        norms.append(float(torch.nn.utils.clip_grad_norm_(backbone, clip or float("inf"))))
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        after.append({name: value.detach().clone().flatten().tolist() for name, value in w.items()})
    flat = lambda table: {name: [float(f"{x:.9g}") for x in value.flatten().tolist()] for name, value in table.items()}
    return {
        "momentum": momentum, "weightDecay": weight_decay, "clipGradNorm": clip,
        **({} if norm_weight_decay is None else {"normWeightDecay": norm_weight_decay}),
        "start": flat(start), "gradients": [flat(one) for one in gradients], "norms": norms, "after": after,
    }


print(json.dumps({
    "shapes": SHAPES, "clipped": CLIPPED, "rates": RATES,
    "cases": [run(0.9, 5e-4, 5, 2.0), run(0.9, 5e-4, 5, 0.1), run(0, 0, 0, 1.0), run(0.5, 0.1, 0, 30.0),
              run(0.9, 0.05, 5, 2.0, norm_weight_decay=0), run(0.9, 0, 0, 1.0, norm_weight_decay=0.3)],
}))
