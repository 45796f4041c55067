"""cv2.warpAffine on generated images, for src/image/warp.test.ts.

    /usr/bin/python3 scripts/golden/warp.py > src/image/golden/warp.json
"""

import base64
import json

import cv2
import numpy as np

# image → crop; the crop's size
WARPS = {
    "identity": ([1, 0, 0, 0, 1, 0], (40, 32)),
    "half a pixel": ([1, 0, 0.5, 0, 1, -0.5], (40, 32)),
    "shrunk and turned, as a face": ([0.61, 0.13, -2.3, -0.13, 0.61, 5.7], (28, 28)),
    "grown and turned": ([2.7, -1.1, -20.4, 1.1, 2.7, -31.9], (36, 30)),
    "a quarter turn": ([0, -1, 31, 1, 0, 0], (32, 40)),
    "half outside": ([1.03, 0.2, 17.2, -0.2, 1.03, -9.1], (36, 36)),
    "mirrored and sheared": ([-0.9, 0.3, 30.1, 0.1, 1.1, 0.4], (33, 27)),
    "wholly outside": ([1, 0, 500, 0, 1, 0], (8, 8)),
}


def encode(pixels):
    return base64.b64encode(np.ascontiguousarray(pixels).tobytes()).decode()


def main():
    random = np.random.default_rng(3)
    image = random.integers(0, 256, (32, 40, 3), dtype=np.uint8)
    x, y = np.meshgrid(np.arange(40), np.arange(32))
    image[:, :20] = np.stack([6 * x, 7 * y, 3 * x + 4 * y], -1).astype(np.uint8)[:, :20]  # half noise, half ramps
    cases = [
        {
            "name": name,
            "affine": affine,
            "width": size[0],
            "height": size[1],
            "pixels": encode(cv2.warpAffine(image, np.array(affine, float).reshape(2, 3), size, borderValue=0)),
        }
        for name, (affine, size) in WARPS.items()
    ]
    print(json.dumps({"opencv": cv2.__version__, "width": 40, "height": 32, "pixels": encode(image), "cases": cases}))


main()
