"""OpenCV's variance of the Laplacian, for src/image/blur.test.ts, which makes the same images.

    /usr/bin/python3 scripts/golden/blur.py > src/image/golden/blur.json
"""

import json

import cv2
import numpy as np

SIZES = [(17, 13), (1, 5), (2, 2), (40, 40)]


def image(width, height):
    index = np.arange(3 * width * height, dtype=np.int64)
    return ((index * index * 31 + index * 7) // 16 % 256).astype(np.uint8).reshape(height, width, 3)


def sharpness(pixels):
    return float(cv2.Laplacian(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.CV_64F).var())


print(json.dumps([{"width": w, "height": h, "sharpness": sharpness(image(w, h))} for w, h in SIZES]))
