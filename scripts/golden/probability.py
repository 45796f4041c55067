"""Golden values for src/calibrate/probability.ts: scikit-learn's logistic regression, each pair twice with Platt's targets as weights.

    /usr/bin/python3 scripts/golden/probability.py > src/calibrate/golden/probability.json
"""
import json
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss

rng = np.random.default_rng(8)


def case(name, genuine, impostor, wg=None, wi=None):
    g, i = np.round(genuine, 6), np.round(impostor, 6)
    wg = np.ones(len(g)) if wg is None else wg
    wi = np.ones(len(i)) if wi is None else wi
    tg, ti = (wg.sum() + 1) / (wg.sum() + 2), 1 / (wi.sum() + 2)
    x = np.r_[g, g, i, i]
    y = np.r_[np.ones(len(g)), np.zeros(len(g)), np.ones(len(i)), np.zeros(len(i))]
    w = np.r_[wg * tg, wg * (1 - tg), np.zeros(0)] / wg.sum()
    w = np.r_[w, wi * ti / wi.sum(), wi * (1 - ti) / wi.sum()]
    fit = LogisticRegression(C=1e9, tol=1e-10, max_iter=1000, solver="lbfgs").fit(x[:, None], y, sample_weight=1e3 * w)
    p = fit.predict_proba(np.r_[g, i][:, None])[:, 1]
    brier = brier_score_loss(np.r_[np.ones(len(g)), np.zeros(len(i))], p, sample_weight=np.r_[wg / wg.sum(), wi / wi.sum()])
    return {
        "name": name, "genuine": g.tolist(), "impostor": i.tolist(), "genuineWeights": wg.tolist(), "impostorWeights": wi.tolist(),
        "slope": float(fit.coef_[0, 0]), "intercept": float(fit.intercept_[0]), "brier": float(brier),
    }


print(json.dumps([
    case("normal scores", rng.normal(0.6, 0.12, 80), rng.normal(0.05, 0.1, 300)),
    case("overlapping, weighted", rng.normal(0.4, 0.15, 60), rng.normal(0.2, 0.15, 90), rng.integers(1, 6, 60), rng.random(90) * 4),
    case("one of each", [0.7], [0.1]),
]))
