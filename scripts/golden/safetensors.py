"""Golden files for src/safetensors, written from the format's description, without the safetensors library.

    /usr/bin/python3 scripts/golden/safetensors.py

The format: u64 little-endian length of the header; the header, JSON, padded with spaces; the data. A header names each tensor:
{"dtype", "shape", "data_offsets": [begin, end)} counted from the end of the header, and "__metadata__", texts by name.
"""
import json
import struct
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parents[2] / "src" / "safetensors" / "golden"


def file(header, data, pad=8):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    text += b" " * (-len(text) % pad)
    return struct.pack("<Q", len(text)) + text + data


def write(name, data):
    (FOLDER / f"{name}.safetensors").write_bytes(data)


VALUES = np.array([[1.5, -2.25, 0.0], [1e-3, 65504.0, -0.5]])
f32 = VALUES.astype("<f4").tobytes()
f16 = VALUES.astype("<f2").tobytes()
bf16 = (VALUES.astype("<f4").view("<u4") >> 16).astype("<u2").tobytes()
i64 = np.array([7, -(2**40)], "<i8").tobytes()


def entry(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


# Not in the order of the data, a scalar and an empty tensor among them.
write(
    "types",
    file(
        {
            "half": entry("F16", [2, 3], 40, 52),
            "__metadata__": {"made by": "safetensors.py", "größe": "2×3"},
            "brain": entry("BF16", [2, 3], 52, 64),
            "count": entry("I64", [2], 0, 16),
            "single": entry("F32", [2, 3], 16, 40),
            "scalar": entry("F32", [], 64, 68),
            "empty": entry("F32", [0, 3], 68, 68),
        },
        i64 + f32 + f16 + bf16 + struct.pack("<f", 3.5),
    ),
)
# torch.save's counterparts do not pad the header.
write("unpadded", file({"single": entry("F32", [2, 3], 0, 24)}, f32, pad=1))

one = entry("F32", [2, 3], 0, 24)
write("cut", file({"single": one}, f32)[:-1])
write("long-header", struct.pack("<Q", 2**62) + b"{}")
write("not-json", file(b'{"single": ', f32))
write("not-utf8", file(b'{"\xff": 1}', f32))
write("a-list", file(b"[1, 2]", b""))
write("overlap", file({"a": one, "b": entry("F32", [2], 20, 28)}, f32 + b"\0" * 4))
write("hole", file({"a": one, "b": entry("F32", [1], 28, 32)}, f32 + b"\0" * 8))
write("trailing", file({"a": one}, f32 + b"\0" * 4))
write("twice", file(f'{{"a": {json.dumps(one)}, "a": {json.dumps(one)}}}'.encode(), f32))
write("size", file({"a": entry("F32", [2, 4], 0, 24)}, f32))
write("backwards", file({"a": entry("F32", [2, 3], 24, 0)}, f32))
write("negative", file({"a": entry("F32", [-2, -3], 0, 24)}, f32))
write("overflow", file({"a": entry("F32", [2**32, 2**32], 0, 24)}, f32))
write("fraction", file({"a": entry("F32", [2.5], 0, 10)}, f32))
write("strange-type", file({"a": entry("C64", [3], 0, 24)}, f32))
write("no-offsets", file({"a": {"dtype": "F32", "shape": [2, 3]}}, f32))
write("metadata-number", file({"__metadata__": {"step": 3}, "a": one}, f32))
write("proto", file(b'{"__proto__": ' + json.dumps(one).encode() + b"}", f32))
