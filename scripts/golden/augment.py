"""OpenCV's resizing and blur, and numpy's colours, for src/image/augment/augment.test.ts, which makes the same image.

    /usr/bin/python3 scripts/golden/augment.py > src/image/augment/golden/augment.json
"""

import json

import cv2
import numpy as np

WIDTH, HEIGHT = 13, 10


def image():
    index = np.arange(3 * WIDTH * HEIGHT, dtype=np.int64)
    return ((index * index * 31 + index * 7) // 16 % 256).astype(np.uint8).reshape(HEIGHT, WIDTH, 3)


def turned(pixels, hue, saturation):
    """Hue as a rotation, saturation as a length, of the complex number I + iQ."""
    to_yiq = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.321], [0.211, -0.523, 0.311]])
    to_rgb = np.array([[1, 0.956, 0.621], [1, -0.272, -0.647], [1, -1.107, 1.705]])
    y, i, q = np.moveaxis(pixels.astype(np.float64) @ to_yiq.T, -1, 0)
    colour = (i + 1j * q) * saturation * np.exp(-1j * np.deg2rad(hue))
    rgb = np.stack([y, colour.real, colour.imag], -1) @ to_rgb.T
    return np.clip(np.floor(rgb + 0.5), 0, 255)


def flat(pixels):
    return [int(level) for level in pixels.reshape(-1)]


pixels = image()
print(
    json.dumps(
        {
            "area": [
                {"width": w, "height": h, "data": flat(cv2.resize(pixels, (w, h), interpolation=cv2.INTER_AREA))}
                for w, h in [(6, 5), (9, 7), (13, 4), (1, 1)]
            ],
            "bilinear": [
                {"width": w, "height": h, "data": flat(cv2.resize(pixels, (w, h), interpolation=cv2.INTER_LINEAR))}
                for w, h in [(20, 17), (26, 20), (13, 11)]
            ],
            "blur": [
                {"window": w, "data": flat(cv2.GaussianBlur(pixels, (w, w), 0.3 * ((w - 1) / 2 - 1) + 0.8))} for w in (3, 5)
            ],
            "colours": [
                {"hue": h, "saturation": s, "data": flat(turned(pixels, h, s))} for h, s in [(0, 1), (20, 1.2), (7, 1.1), (0, 0)]
            ],
        }
    )
)
