"""Golden values for src/metrics (DET, identification, exact tests, bootstrap's quantiles): scikit-learn, SciPy, NumPy.

    /usr/bin/python3 scripts/golden/metrics.py > src/metrics/golden/metrics.json
"""
import json
import numpy as np
from scipy import stats
from sklearn.metrics import det_curve, roc_curve, top_k_accuracy_score

rng = np.random.default_rng(6)


def pairs(name, scores, same):
    scores, same = np.asarray(scores, float), np.asarray(same, bool)
    # Both of scikit-learn's curves drop points; each point they keep has to be one of ours.
    far, frr, thresholds = det_curve(same, scores)
    fpr, tpr, at = roc_curve(same, scores, drop_intermediate=False)
    return {
        "name": name, "scores": scores.tolist(), "same": same.tolist(),
        "det": {"thresholds": thresholds.tolist(), "far": far.tolist(), "frr": frr.tolist()},
        "roc": {"thresholds": at[1:].tolist(), "far": fpr[1:].tolist(), "tar": tpr[1:].tolist()},
    }


def weighted(name, scores, same, weights):
    """EER and TAR@FAR where pair i counts weights[i] times: of pairs repeated so often."""
    scores, same, weights = np.asarray(scores), np.asarray(same, bool), np.asarray(weights)
    s, y = np.repeat(scores, weights), np.repeat(same, weights)
    far, tar, _ = roc_curve(y, s, drop_intermediate=False)
    return {
        "name": name, "scores": scores.tolist(), "same": same.tolist(), "weights": weights.tolist(),
        "eer": float(np.interp(0, far - (1 - tar), far)),
        "rates": [0.3, 0.1, 0.03], "tar": [float(tar[far <= rate + 1e-12].max()) for rate in [0.3, 0.1, 0.03]],
    }


def search(name, scores, truth, ranks):
    scores, truth = np.asarray(scores, float), np.asarray(truth)
    mated, others = scores[truth >= 0], scores[truth < 0]
    own = truth[truth >= 0]
    mate = mated[np.arange(len(own)), own]
    rank = np.array([1 + np.sum(np.delete(row, o) >= m) for row, o, m in zip(mated, own, mate)])
    thresholds = np.unique(scores)[::-1]
    fpir = [np.mean(others.max(1) >= t) for t in thresholds]
    tpir = [np.mean((rank == 1) & (mate >= t)) for t in thresholds]
    at = []
    for target in [0.5, 0.2, 0.05]:
        kept = [t for f, t in zip(fpir, tpir) if f <= target]
        at.append({"target": target, "tpir": max(kept, default=0.0) if len(others) * target >= 0.5 else None})
    return {
        "name": name, "scores": scores.tolist(), "truth": truth.tolist(), "rank": rank.tolist(),
        "cmc": [float(np.mean(rank <= r)) for r in range(1, ranks + 1)],
        # Its ties stand in another order; it answers for scores without them.
        "topK": [top_k_accuracy_score(own, mated, k=k, labels=np.arange(scores.shape[1])) for k in range(1, min(ranks, scores.shape[1] - 1) + 1)]
        if len(np.unique(scores)) == scores.size and scores.shape[1] > 2 else None,
        "thresholds": thresholds.tolist(), "fpir": fpir, "tpir": tpir, "atFpir": at,
    }


s = np.r_[rng.normal(0.5, 0.15, 60), rng.normal(0.1, 0.15, 200)].round(6)
y = np.arange(260) < 60
truth = np.r_[rng.integers(0, 12, 40), np.full(25, -1)]
scores = rng.normal(0.1, 0.15, (65, 12))
scores[np.arange(40), truth[:40]] += 0.35
k = [(0, 10), (10, 10), (3, 3000), (2970, 3000), (1, 2), (0, 2000), (7, 900), (1, 1_000_000), (12_345, 50_000)]
print(json.dumps({
    "pairs": [
        pairs("normal scores", s, y), pairs("many ties", (s * 20).round() / 20, y), pairs("two pairs", [0.4, 0.2], [1, 0]),
        pairs("all equal", np.full(8, 0.5), np.arange(8) < 3),
    ],
    "weighted": [
        weighted("normal scores", s, y, rng.integers(0, 4, 260)), weighted("many ties", (s * 20).round() / 20, y, rng.integers(0, 4, 260)),
        weighted("a pair of each kind left", [0.9, 0.5, 0.5, 0.1], [1, 1, 0, 0], [0, 2, 3, 0]),
    ],
    "searches": [
        search("normal scores", scores.round(6), truth, 12), search("many ties", (scores * 8).round() / 8, truth, 14),
        search("one person", [[0.5], [0.4], [0.5]], [0, -1, -1], 2), search("a probe of each kind", [[0.1, 0.7], [0.2, 0.6]], [0, -1], 2),
    ],
    "normal": [{"p": p, "x": float(stats.norm.ppf(p))} for p in [1e-300, 1e-20, 1e-12, 1e-6, 1e-3, 0.02, 0.075, 0.3, 0.5, 0.61, 0.925, 0.99, 0.999999]],
    "tails": [{"k": a, "n": b, "p": p, "tail": float(stats.binom.sf(a - 1, b, p))} for a, b, p in [(1, 2000, 1e-3), (5, 2000, 1e-3), (2, 3, 0.5), (40, 60, 0.5), (0, 5, 0.2), (6, 5, 0.2), (1000, 2000, 0.48), (3, 1_000_000, 1e-6)]],
    "exact": [{"successes": a, "trials": b, "interval": [float(x) for x in stats.binomtest(a, b).proportion_ci(method="exact")]} for a, b in k],
    "mcnemar": [{"first": a, "second": b, "p": float(stats.binomtest(a, a + b).pvalue)} for a, b in [(3, 12), (12, 3), (1, 0), (7, 7), (20, 45)]],
    "quantiles": {"values": s[:31].tolist(), "p": [0, 0.025, 0.1, 0.5, 0.975, 1], "at": np.quantile(s[:31], [0, 0.025, 0.1, 0.5, 0.975, 1]).tolist()},
}))
