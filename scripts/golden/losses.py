"""Golden values for src/losses: value, accuracy and gradients of every loss, by PyTorch in float64.

    /usr/bin/python3 scripts/golden/losses.py > src/losses/golden/losses.json

Needs Debian's python3-torch. Embeddings, labels and weights are written down (in float32); row 0 is 0.02 rad from its
class's centre, row 1 is 0.2 rad from the opposite of it, so that its θ + m passes π.

"straight-through" is insightface's construction: the own class's logit is overwritten while no gradient is recorded.
"""
import itertools
import json
import math
import torch

N, D, C = 6, 8, 7
LABELS = [2, 0, 6, 3, 2, 5]
SCALE = 64.0

torch.manual_seed(5)
f64 = torch.float64


def float32(x):
    return x.to(torch.float32).to(f64)


def near(direction, angle):
    """A vector that makes this angle with the direction."""
    unit = direction / direction.norm()
    side = torch.randn(D, dtype=f64)
    side -= side.dot(unit) * unit
    return math.cos(angle) * unit + math.sin(angle) * side / side.norm()


def centres(k):
    return float32(0.1 * torch.randn(C * k, D, dtype=f64))


WEIGHTS = {1: centres(1), 3: centres(3)}
BIAS = float32(0.1 * torch.randn(C, dtype=f64))


def embeddings(k):
    x = torch.randn(N, D, dtype=f64)
    x[0] = 3 * near(WEIGHTS[k][LABELS[0] * k], 0.02)
    x[1] = 5 * near(WEIGHTS[k][LABELS[1] * k], math.pi - 0.2)
    return float32(x)


EMBEDDINGS = {k: embeddings(k) for k in WEIGHTS}


def unit(x):
    return torch.nn.functional.normalize(x)


def with_margin(cos, labels, margins, gradient):
    m1, m2, m3 = margins
    rows = torch.arange(len(labels))
    own = cos[rows, labels]
    if gradient == "exact":
        logits = cos.clone()
        logits[rows, labels] = torch.cos(m1 * torch.arccos(own) + m2) - m3
        return logits
    logits = cos * 1
    with torch.no_grad():
        logits[rows, labels] = torch.cos(m1 * torch.arccos(own) + m2) - m3
    return logits


def filtered(cos, labels, threshold):
    mask = cos > threshold
    mask[torch.arange(len(labels)), labels] = False
    return cos * ~mask


def triplet(x, labels, margin):
    theta = torch.arccos((unit(x) @ unit(x).T).clamp(-1 + 1e-15, 1 - 1e-15))
    total, count = 0, 0
    for a, p, n in itertools.product(range(N), repeat=3):
        if a == p or labels[a] != labels[p] or labels[a] == labels[n]:
            continue
        excess = theta[a, p] + margin - theta[a, n]
        if excess > 0:
            total, count = total + excess, count + 1
    return total / max(count, 1)


def loss_of(spec, x, w, b, labels):
    rows = torch.arange(N)
    if spec["kind"] == "softmax":
        plain = x @ w.T + b
        logits = plain
    else:
        k = spec.get("subCenters", 1)
        plain = (unit(x) @ unit(w).T).clamp(-1, 1).reshape(N, C, k).max(2).values
        kept = filtered(plain, labels, spec.get("interclassFilteringThreshold", 0) or 9)
        logits = spec["s"] * with_margin(kept, labels, spec["marginList"], spec["gradient"])
    loss = torch.nn.functional.cross_entropy(logits, labels)
    if "intra" in spec:
        loss = loss + spec["intra"] * (torch.arccos(plain[rows, labels]) / math.pi).mean()
    if "inter" in spec:
        theta = torch.arccos((unit(w)[labels] @ unit(w).T).clamp(-1 + 1e-15, 1 - 1e-15))
        others = torch.ones(N, C, dtype=f64)
        others[rows, labels] = 0
        loss = loss - spec["inter"] * ((theta * others).sum(1) / (math.pi * (C - 1))).mean()
    if "triplet" in spec:
        loss = loss + spec["triplet"]["weight"] * triplet(x, labels, spec["triplet"]["margin"])
    accuracy = (plain.argmax(1) == labels).to(f64).mean()
    return loss, accuracy


def listed(x):
    return [float(f"{value:.9g}") for value in x.flatten().tolist()]


def case(spec):
    k = spec.get("subCenters", 1)
    x, w, b = (t.clone().requires_grad_() for t in (EMBEDDINGS[k], WEIGHTS[k], BIAS))
    loss, accuracy = loss_of(spec, x, w, b, torch.tensor(LABELS))
    loss.backward()
    gradients = {"embedding": listed(x.grad), "head.weight": listed(w.grad)}
    if b.grad is not None:
        gradients["head.bias"] = listed(b.grad)
    return {"spec": spec, "loss": loss.item(), "accuracy": accuracy.item(), "gradients": gradients}


def margin(margins, gradient="straight-through", s=SCALE, **more):
    return {"kind": "margin", "marginList": margins, "gradient": gradient, "s": s, **more}


ARCFACE = [1, 0.5, 0]
MARGINS = [ARCFACE, [1, 0, 0.4], [1.35, 0, 0], [1, 0.3, 0.2], [0.9, 0.4, 0.15], [1, 0, 0]]
TRIPLET = {"weight": 0.7, "margin": 0.35}

specs = [
    margin(margins, gradient, **({"subCenters": k} if k > 1 else {}), **({"interclassFilteringThreshold": t} if t else {}))
    for margins in MARGINS
    for gradient in ("straight-through", "exact")
    for k in (1, 3)
    for t in (0, 0.3)
]
specs += [
    {"kind": "softmax"},
    {"kind": "softmax", "triplet": TRIPLET},
    margin([1, 0, 0], s=20, intra=1.5),
    margin([1, 0, 0], s=20, inter=1.5),
    margin(ARCFACE, s=20, intra=1, inter=2),
    margin(ARCFACE, s=20, triplet=TRIPLET),
    margin(ARCFACE, "exact", s=8, subCenters=3, intra=0.5),
]

print(
    json.dumps(
        {
            "classes": C,
            "features": D,
            "labels": LABELS,
            "embedding": {k: listed(x) for k, x in EMBEDDINGS.items()},
            "weight": {k: listed(w) for k, w in WEIGHTS.items()},
            "bias": listed(BIAS),
            "cases": [case(spec) for spec in specs],
        }
    )
)
