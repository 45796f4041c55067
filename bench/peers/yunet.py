"""YuNet in OpenCV's dnn module, detection alone: OpenCV's recogniser SFace has no weights in Debian. One thread.

Pictures come on stdin as width, height (little-endian uint32) and RGB bytes; a line of JSON goes back for each.
"""
import json
import struct
import sys
import time

import cv2
import numpy as np

cv2.setNumThreads(1)
net = cv2.dnn.readNet(sys.argv[1])
names = net.getUnconnectedOutLayersNames()
print(json.dumps({"ready": True, "version": cv2.__version__}), flush=True)
while True:
    head = sys.stdin.buffer.read(8)
    if len(head) < 8:
        break
    width, height = struct.unpack("<II", head)
    rgb = np.frombuffer(sys.stdin.buffer.read(3 * width * height), np.uint8).reshape(height, width, 3)
    start = time.perf_counter()
    # Its coarsest grid has cells of 32 pixels.
    padded = np.zeros((-(-height // 32) * 32, -(-width // 32) * 32, 3), np.uint8)
    padded[:height, :width] = rgb[:, :, ::-1]
    net.setInput(cv2.dnn.blobFromImage(padded))
    out = dict(zip(names, net.forward(names)))
    faces = 0
    for stride in (8, 16, 32):
        score = np.sqrt(np.clip(out[f"cls_{stride}"], 0, 1) * np.clip(out[f"obj_{stride}"], 0, 1)).ravel()
        faces += int((score >= 0.6).sum())
    print(json.dumps({"found": faces > 0, "ms": 1000 * (time.perf_counter() - start)}), flush=True)
