"""cv2.warpPerspective and cv2.resize on a generated image, for src/image/warp-perspective.test.ts.

    /usr/bin/python3 scripts/golden/warp-perspective.py > src/image/golden/warp-perspective.json
"""

import base64
import json

import cv2
import numpy as np

WIDTH, HEIGHT = 40, 32
EDGE = 1e-6  # a centre on the rim is inside

# output → image; the output's size; how often the image is halved first
WARPS = {
    "turned and grown": ([0.41, 0.17, 3.3, -0.17, 0.41, 11.9, 0, 0, 1], (48, 36), 0),
    "shrunk a little, half outside": ([1.31, 0.2, -9.4, -0.2, 1.31, 8.7, 0, 0, 1], (32, 32), 0),
    "mirrored and sheared": ([-1.1, 0.3, 37.2, 0.1, 0.9, 0.4, 0, 0, 1], (33, 27), 0),
    "seen from the side": ([0.8, 0.13, 2.7, -0.05, 0.9, 1.9, 0.011, 0.003, 1], (40, 32), 0),
    "with the horizon in the picture": ([0.5, 0.07, 1.3, 0.02, 0.4, 2.1, -0.028, 0.002, 1], (40, 24), 0),
    "shrunk, halved once": ([2.27, 0.31, 0.6, -0.29, 2.13, 1.7, 0, 0, 1], (18, 15), 1),
    "shrunk, halved twice": ([4.4, 0.4, -1.3, -0.5, 4.1, 0.9, 0, 0, 1], (9, 8), 2),
}


def encode(pixels):
    return base64.b64encode(np.ascontiguousarray(pixels).tobytes()).decode()


def picture():
    random = np.random.default_rng(11)
    image = random.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    image[:, :20] = np.stack([6 * x, 7 * y, 3 * x + 4 * y], -1).astype(np.uint8)[:, :20]  # half noise, half ramps
    return image


def warp(image, to_image, size, halvings):
    matrix = np.array(to_image, float).reshape(3, 3)
    i, j = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    x, y, w = np.tensordot(matrix, np.stack([i, j, np.ones_like(i)]).astype(float), 1)
    ahead = w > 0
    x, y = x / np.where(ahead, w, 1), y / np.where(ahead, w, 1)
    low, right, bottom = -0.5 - EDGE, WIDTH - 0.5 + EDGE, HEIGHT - 0.5 + EDGE
    inside = ahead & (x > low) & (y > low) & (x < right) & (y < bottom)
    for _ in range(halvings):
        image = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        matrix = np.array([[0.5, 0, -0.25], [0, 0.5, -0.25], [0, 0, 1]]) @ matrix
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    pixels = cv2.warpPerspective(image, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.where(inside[..., None], pixels, 0).astype(np.uint8)


def main():
    image = picture()
    warps = [
        {"name": name, "matrix": matrix, "width": size[0], "height": size[1], "pixels": encode(warp(image, matrix, size, n))}
        for name, (matrix, size, n) in WARPS.items()
    ]
    resizes = [
        {"width": w, "height": h, "pixels": encode(cv2.resize(image, (w, h), interpolation=cv2.INTER_LINEAR))}
        for w, h in [(80, 64), (53, 40), (32, 24), (20, 64)]
    ]
    corners = np.float32([[3, 4], [35, 1], [38, 30], [0, 27]])
    targets = np.float32([[0, 0], [27, 0], [27, 35], [0, 35]])
    points = {
        "from": corners.tolist(),
        "to": targets.tolist(),
        "matrix": cv2.getPerspectiveTransform(corners, targets).flatten().tolist(),
    }
    golden = {"width": WIDTH, "height": HEIGHT, "pixels": encode(image), "warps": warps, "resizes": resizes}
    print(json.dumps({"opencv": cv2.__version__, **golden, "points": points}))


main()
