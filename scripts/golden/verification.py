"""Golden values for src/metrics/verification.ts, written from the protocol's description in numpy.

    /usr/bin/python3 scripts/golden/verification.py > src/metrics/golden/verification.json
"""
import json
import numpy as np


def k_fold(n, k):
    sizes = np.full(k, n // k)
    sizes[: n % k] += 1
    return np.repeat(np.arange(k), sizes)


def accuracy(scores, same, fold):
    dist = 2 - 2 * scores
    thresholds = np.arange(0, 4, 0.01)
    accuracies, chosen = [], []
    for f in range(fold.max() + 1):
        train, test = fold != f, fold == f
        acc = np.array([np.mean((dist[train] < t) == same[train]) for t in thresholds])
        best = np.argmax(acc)
        chosen.append(1 - thresholds[best] / 2)
        accuracies.append(np.mean((dist[test] < thresholds[best]) == same[test]))
    return {
        "accuracy": np.mean(accuracies), "std": np.std(accuracies), "threshold": np.mean(chosen),
        "foldAccuracies": accuracies, "foldThresholds": chosen,
    }


def val_at_far(scores, same, fold, target):
    dist = 2 - 2 * scores
    thresholds = np.arange(0, 4, 0.001)
    vals, fars = [], []
    for f in range(fold.max() + 1):
        train, test = fold != f, fold == f
        far = np.array([np.mean(dist[train & ~same] < t) for t in thresholds])
        t = np.interp(target, far, thresholds) if far.max() >= target else 0.0
        vals.append(np.mean(dist[test & same] < t))
        fars.append(np.mean(dist[test & ~same] < t))
    return {"val": np.mean(vals), "std": np.std(vals), "far": np.mean(fars)}


def case(name, scores, same, fold, targets=(1e-1, 1e-2)):
    scores, same, fold = np.asarray(scores, float), np.asarray(same, bool), np.asarray(fold)
    return {
        "name": name, "scores": scores.tolist(), "same": same.tolist(), "fold": fold.tolist(),
        **accuracy(scores, same, fold),
        "valAtFar": [{"target": t, **val_at_far(scores, same, fold, t)} for t in targets],
    }


def shuffled(rng, genuine, impostor):
    scores = np.clip(np.concatenate([genuine, impostor]), -1, 1)
    same = np.arange(len(scores)) < len(genuine)
    order = rng.permutation(len(scores))
    return scores[order], same[order]


rng = np.random.default_rng(7)
cases = []
s, y = shuffled(rng, rng.normal(0.55, 0.15, 300), rng.normal(0.05, 0.1, 300))
cases.append(case("normal scores, ten folds", s.round(6), y, k_fold(600, 10)))
s, y = shuffled(rng, rng.normal(0.3, 0.2, 151), rng.normal(0.1, 0.2, 156))
cases.append(case("uneven folds: 307 pairs in ten", s.round(6), y, k_fold(307, 10)))
# Scores on a grid of 0.005 put every distance on a threshold, or beside it by rounding: < and <= differ everywhere.
s, y = shuffled(rng, rng.normal(0.3, 0.1, 120), rng.normal(0.15, 0.1, 120))
cases.append(case("ties on the thresholds", (s * 200).round() / 200, y, k_fold(240, 4)))
s, y = shuffled(rng, np.full(20, 0.9), np.full(20, -0.4))
cases.append(case("perfectly apart: the first of many best thresholds", s, y, k_fold(40, 5)))
cases.append(case("all scores equal", np.full(24, 0.25), np.arange(24) % 2 == 0, k_fold(24, 3)))
cases.append(case("worse than chance", [-0.5, 0.9, -0.2, 0.8, -0.1, 0.7, 0.0, 0.6], [1, 0, 1, 0, 1, 0, 1, 0], k_fold(8, 2)))
s, y = shuffled(rng, np.r_[np.full(4, -1.0), rng.uniform(0.2, 1, 56)], np.r_[np.full(3, -1.0), rng.uniform(-1, 0.4, 57)])
cases.append(case("missed faces at −1, three folds", s.round(6), y, k_fold(120, 3)))
print(json.dumps(cases))
