"""Umeyama's similarity by numpy's SVD in float64, for src/geometry/similarity.test.ts.

    /usr/bin/python3 scripts/golden/align.py > src/geometry/golden/align.json
"""

import json

import numpy as np

TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)


def umeyama(source, target):
    source_mean, target_mean = source.mean(0), target.mean(0)
    s, t = source - source_mean, target - target_mean
    covariance = t.T @ s / len(source)
    u, values, vt = np.linalg.svd(covariance)
    signs = np.array([1.0, -1.0 if np.linalg.det(covariance) < 0 else 1.0])
    rotation = u @ np.diag(signs) @ vt
    scale = (values * signs).sum() / s.var(0).sum()
    return np.column_stack([scale * rotation, target_mean - scale * rotation @ source_mean])


def main():
    random = np.random.default_rng(5)
    cases = []
    for i in range(20):
        angle, scale = random.uniform(-np.pi, np.pi), random.uniform(0.2, 12)
        turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        landmarks = TEMPLATE @ turn.T + random.uniform(0, 900, 2) + random.normal(0, 2.5 * scale, TEMPLATE.shape)
        if i >= 16:  # mirrored faces: the determinant is negative
            landmarks[:, 0] = 1000 - landmarks[:, 0]
        cases.append({"landmarks": landmarks.tolist(), "matrix": umeyama(landmarks, TEMPLATE).ravel().tolist()})
    print(json.dumps(cases))


main()
