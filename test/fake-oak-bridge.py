"""A bridge that misbehaves as DEPTHAI_FAKE says; tests alone use it."""

import json
import os
import struct
import sys
import time

how = os.environ["DEPTHAI_FAKE"]
out = sys.stdout.buffer


def send(header, body=b""):
    text = json.dumps(header).encode()
    out.write(struct.pack("<4sII", b"OAKB", len(text), len(body)) + text + body)
    out.flush()


def receive():
    prefix = sys.stdin.buffer.read(12)
    if len(prefix) < 12:
        sys.exit(0)
    _, header, body = struct.unpack("<4sII", prefix)
    told = json.loads(sys.stdin.buffer.read(header))
    sys.stdin.buffer.read(body)
    return told


HELLO = {"type": "hello", "version": 1, "platform": "RVC2", "deviceId": "FAKE1", "depthai": "3.4.0"}

if how == "env":
    send({**HELLO, "deviceId": json.dumps(dict(os.environ))})
elif how == "version":
    send({**HELLO, "version": 7})
elif how == "not-hello":
    send({"type": "hello", "version": 1})
elif how == "garbage":
    print("Traceback: something that is no message at all")
    sys.stdout.flush()
elif how == "silent":
    time.sleep(60)
elif how == "dies":
    print("libusb: device or resource busy", file=sys.stderr)
    sys.exit(3)
else:
    send(HELLO)
while True:
    request = receive()
    if request["type"] == "openNetwork":
        send({"type": "reply", "id": request["id"], "network": 0})
    elif how == "crash":
        print("terminate called after throwing XLinkError", file=sys.stderr)
        out.write(b"OAKB" + struct.pack("<II", 100, 100) + b"{")
        out.flush()
        os.abort()
    elif how == "slow":
        time.sleep(60)
    elif how == "garbage-later":
        out.write(b"no message of ours at all")
        out.flush()
    elif how == "odd-answers":
        send({"type": "reply", "id": request["id"], "answers": [{"tensors": [{"name": 7}], "byteLength": 0}]})
    elif how == "strange-code":
        send({"type": "error", "id": request["id"], "code": "EXPLODED", "message": "the device is on fire"})
    elif how == "deaf":
        time.sleep(60)
