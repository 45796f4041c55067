"""Golden values for src/metrics/roc.ts: every rate counted anew at every threshold, in numpy.

    /usr/bin/python3 scripts/golden/roc.py > src/metrics/golden/roc.json
"""
import json
import numpy as np

TARGETS = [0.5, 0.1, 0.01, 0.001]


def wilson(k, n, z=1.959963984540054):
    # The roots of (p̂ − p)² = z² p (1 − p) / n, solved as a quadratic.
    p = k / n
    return sorted(np.roots([1 + z * z / n, -2 * p - z * z / n, p * p]).real.tolist())


def case(name, scores, same):
    scores, same = np.asarray(scores, float), np.asarray(same, bool)
    g, i = scores[same], scores[~same]
    thresholds = np.unique(scores)[::-1]
    far = np.array([0.0] + [np.mean(i >= t) for t in thresholds])
    tar = np.array([0.0] + [np.mean(g >= t) for t in thresholds])
    at = []
    for target in TARGETS:
        supported = len(i) * target >= 0.5
        t = np.sort(i)[::-1][int(np.floor(len(i) * target + 1e-9))]
        at.append({
            "target": target,
            "tar": tar[far <= target].max() if supported else None,
            "threshold": np.nextafter(t, np.inf) if supported else None,
        })
    return {
        "name": name, "scores": scores.tolist(), "same": same.tolist(),
        "thresholds": thresholds.tolist(), "far": far.tolist(), "tar": tar.tolist(),
        "eer": float(np.interp(0, far - (1 - tar), far)), "atFar": at,
    }


rng = np.random.default_rng(11)
s = np.r_[rng.normal(0.5, 0.15, 150), rng.normal(0.1, 0.15, 700)].round(6)
y = np.arange(850) < 150
cases = [case("normal scores", s, y)]
cases.append(case("many ties", (s * 20).round() / 20, y))
cases.append(case("all equal", np.full(30, 0.5), np.arange(30) < 12))
cases.append(case("perfectly apart", np.r_[np.linspace(0.6, 0.9, 10), np.linspace(-0.3, 0.3, 15)], np.arange(25) < 10))
cases.append(case("the wrong way round", [0.1, 0.2, 0.3, 0.7, 0.8, 0.9], [1, 1, 1, 0, 0, 0]))
cases.append(case("about zero and below", [0.0, -0.0, -0.5, 0.5, 0.0, -1.0, -0.5], [1, 0, 1, 1, 0, 0, 0]))
intervals = [{"successes": k, "trials": n, "interval": wilson(k, n)} for k, n in [(0, 10), (10, 10), (3, 3000), (2970, 3000), (1, 2)]]
print(json.dumps({"cases": cases, "intervals": intervals}))
