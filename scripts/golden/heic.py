"""A HEIC picture of four coloured quarters, for src/host/codec.node.test.ts. Needs heif-enc (libheif-examples).

    /usr/bin/python3 scripts/golden/heic.py > src/host/golden/heic.json
"""

import base64
import json
import pathlib
import subprocess
import tempfile

import cv2
import numpy as np

# BGR, as OpenCV writes
QUARTERS = np.array([[[70, 80, 190], [80, 150, 90]], [[160, 90, 70], [220, 220, 220]]], np.uint8)


def main():
    with tempfile.TemporaryDirectory() as folder:
        png, heic = pathlib.Path(folder, "quarters.png"), pathlib.Path(folder, "quarters.heic")
        cv2.imwrite(str(png), np.kron(QUARTERS, np.ones((32, 48, 1), np.uint8)))
        subprocess.run(["heif-enc", "-q", "95", "-p", "chroma=444", png, "-o", heic], check=True)
        print(json.dumps({"width": 96, "height": 64, "heic": base64.b64encode(heic.read_bytes()).decode()}))


main()
