"""cv2.cvtColor between RGB and YUV 4:2:0, and grey, for src/image/pixel-types.test.ts.

    /usr/bin/python3 scripts/golden/yuv.py > src/image/golden/yuv.json
"""

import base64
import json

import cv2
import numpy as np

WIDTH, HEIGHT = 16, 8


def encode(pixels):
    return base64.b64encode(np.ascontiguousarray(pixels).tobytes()).decode()


def main():
    random = np.random.default_rng(5)
    # Any bytes a camera could send, out of range ones too.
    yuv = random.integers(0, 256, (HEIGHT * 3 // 2, WIDTH), dtype=np.uint8)
    decoded = {
        name: encode(cv2.cvtColor(yuv, code))
        for name, code in {
            "NV12": cv2.COLOR_YUV2RGB_NV12,
            "NV21": cv2.COLOR_YUV2RGB_NV21,
            "YUV420p": cv2.COLOR_YUV2RGB_I420,
        }.items()
    }
    # 2×2 pixels of one colour: where the first one's chroma and the mean's are the same.
    blocks = random.integers(0, 256, (HEIGHT // 2, WIDTH // 2, 3), dtype=np.uint8)
    blocks[0, :4] = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]
    rgb = np.repeat(np.repeat(blocks, 2, 0), 2, 1)
    golden = {
        "width": WIDTH,
        "height": HEIGHT,
        "yuv": encode(yuv),
        "decoded": decoded,
        "rgb": encode(rgb),
        "i420": encode(cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420)),
        "grey": encode(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)),
    }
    print(json.dumps({"opencv": cv2.__version__, **golden}))


main()
