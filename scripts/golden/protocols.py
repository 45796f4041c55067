"""Golden values of the field's IJB rules (TPR at the nearest FPR, TPIR over all rivals), written anew with scikit-learn and NumPy.

    /usr/bin/python3 scripts/golden/protocols.py > src/metrics/golden/protocols.json
"""
import json
import numpy as np
from sklearn.metrics import roc_curve

rng = np.random.default_rng(9)
TARGETS = [1e-3, 1e-2, 0.1, 0.3]


def pairs(name, scores, same):
    scores, same = np.asarray(scores, float), np.asarray(same, bool)
    fpr, tpr, _ = roc_curve(same, scores)
    # Of points equally near the one of the largest TPR: the last.
    at = [max(np.flatnonzero(np.abs(fpr - x) == np.abs(fpr - x).min())) for x in TARGETS]
    return {
        "name": name, "scores": scores.tolist(), "same": same.tolist(), "targets": TARGETS,
        "tpr": [float(tpr[i]) for i in at], "fpr": [float(fpr[i]) for i in at],
    }


def search(name, scores, mate, rates=(0.01, 0.1, 0.5)):
    scores, mate = np.asarray(scores, float), np.asarray(mate)
    n = len(mate)
    own = scores[np.arange(n), mate]
    rivals = np.sort(np.delete(scores.ravel(), np.arange(n) * scores.shape[1] + mate))[::-1]
    found = [float(np.mean(own > rivals[int(np.ceil(n * r)) - 1])) for r in rates]
    rank = [int(1 + np.sum(np.delete(row, m) >= row[m])) for row, m in zip(scores, mate)]
    return {"name": name, "scores": scores.tolist(), "mate": mate.tolist(), "rates": list(rates), "tpir": found, "rank": rank}


s = np.r_[rng.normal(0.5, 0.15, 80), rng.normal(0.1, 0.15, 400)].clip(-1, 1).round(6)
y = np.arange(480) < 80
m = rng.integers(0, 15, 50)
grid = rng.normal(0.1, 0.15, (50, 15)).round(6)
grid[np.arange(50), m] += 0.35
print(json.dumps({
    "pairs": [
        pairs("normal scores", s, y), pairs("many ties", (s * 20).round() / 20, y),
        pairs("two pairs", [0.4, 0.2], [1, 0]), pairs("all equal", np.full(8, 0.5), np.arange(8) < 3),
        pairs("apart", np.r_[np.linspace(0.6, 0.9, 20), np.linspace(0, 0.3, 30)], np.arange(50) < 20),
    ],
    "searches": [search("normal scores", grid, m), search("many ties", (grid * 8).round() / 8, m)],
}))
