"""RecordIO and evaluation files from an independent writer and reader, made from the formats' descriptions.

    /usr/bin/python3 scripts/golden/recordio.py golden     writes src/data/recordio/golden/*
    /usr/bin/python3 scripts/golden/recordio.py read X.rec X.idx     prints each record as JSON
    /usr/bin/python3 scripts/golden/recordio.py read-bin X.bin     prints the lengths, sums and booleans as JSON

Pictures are PNGs of 8×8 generated pixels; a `payload` with the magic inside makes split records.
"""

import json
import os
import pickle
import struct
import sys
import zlib

MAGIC = struct.pack("<I", 0xCED7230A)
FOLDER = os.path.join(os.path.dirname(__file__), "..", "..", "src", "data", "recordio", "golden")


def png(k):
    side = 8
    rows = b"".join(b"\0" + bytes((37 * k + 11 * i + 5 * y) % 256 for i in range(3 * side)) for y in range(side))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def payload(labels, key, image):
    labels = [float(x) for x in labels]
    if len(labels) == 1:
        return struct.pack("<IfQQ", 0, labels[0], key, 0) + image
    return struct.pack("<IfQQ", len(labels), 0.0, key, 1 if not image else 0) + struct.pack(f"<{len(labels)}f", *labels) + image


def frame(data):
    """Split at aligned words that equal the magic, walking word by word."""
    parts, start = [], 0
    for at in range(0, len(data) // 4 * 4, 4):
        if data[at : at + 4] == MAGIC:
            parts.append(data[start:at])
            start = at + 4
    parts.append(data[start:])
    out = b""
    for k, part in enumerate(parts):
        kind = 0 if len(parts) == 1 else 1 if k == 0 else 3 if k == len(parts) - 1 else 2
        out += MAGIC + struct.pack("<I", kind << 29 | len(part)) + part + b"\0" * (-len(part) % 4)
    return out


def unframe(data, offset):
    out = b""
    while True:
        assert data[offset : offset + 4] == MAGIC, offset
        (word,) = struct.unpack_from("<I", data, offset + 4)
        kind, length = word >> 29, word & (1 << 29) - 1
        part = data[offset + 8 : offset + 8 + length]
        assert len(part) == length
        offset += 8 + length + -length % 4
        out += part if kind in (0, 1) else MAGIC + part
        if kind in (0, 3):
            return out


def write(name, records, folder=FOLDER):
    """records: (key, payload), in the order of the file."""
    rec, idx = b"", ""
    for key, data in records:
        idx += f"{key}\t{len(rec)}\n"
        rec += frame(data)
    save(f"{name}.rec", rec, folder)
    save(f"{name}.idx", idx.encode(), folder)
    return rec


def save(name, data, folder=FOLDER):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)


def golden():
    os.makedirs(FOLDER, exist_ok=True)
    classes = [3, 1, 2]
    images, ranges, key = [], [], 1
    for label, count in enumerate(classes):
        ranges.append((key, key + count))
        for _ in range(count):
            images.append((key, payload([label], key, png(key))))
            key += 1
    identities = [(key + k, payload(list(r), key + k, b"")) for k, r in enumerate(ranges)]
    header = (0, payload([key, key + len(classes)], 0, b""))
    write("identities", [*images, *identities, header])
    write("plain", [(k, payload([label], k, png(k))) for k, label in enumerate([2, 0, 1, 1])])
    write("arrays", [(k, payload([label, 7, 9], k, png(k))) for k, label in enumerate([1, 0, 1])])
    # The magic at the start, twice in a row, at the end, and once where it is not aligned.
    bodies = [MAGIC + b"abcd", b"abcd" + MAGIC + MAGIC + b"xy", b"abcd" + MAGIC, b"ab" + MAGIC + b"c"]
    whole = write("split", [(k, payload([k], k, body)) for k, body in enumerate(bodies)])
    assert whole.count(struct.pack("<I", 2 << 29)) >= 1

    plain = b"".join(frame(payload([k], k, png(k))) for k in range(2))
    second = len(frame(payload([0], 0, png(0))))
    save("cut.rec", plain[:-10])
    save("magic.rec", plain[:second] + b"\0\1\2\3" + plain[second + 4 :])
    save("huge.rec", plain[: second + 4] + struct.pack("<I", (1 << 29) - 1) + plain[second + 8 :])
    save("middle.rec", plain[:second] + MAGIC + struct.pack("<I", 2 << 29 | 8) + b"\0" * 8)
    save("unfinished.rec", plain[:second] + MAGIC + struct.pack("<I", 1 << 29 | 8) + b"\0" * 8 + plain[:second])
    for name, label in [("nan", float("nan")), ("negative", -1.0), ("large", 2.0**24), ("half", 0.5)]:
        save(f"label-{name}.rec", plain[:second] + frame(payload([label], 1, png(1))))
    save("short.rec", plain[:second] + frame(b"\0" * 10))

    pairs = ([png(k) for k in range(6)], [True, False, True])
    for protocol in range(1, 6):
        if protocol > 1:
            save(f"py3-{protocol}.bin", pickle.dumps(pairs, protocol=protocol))
    save("py2.bin", python2(pairs))
    save("evil.bin", b"\x80\x02cposix\nsystem\nX\x04\0\0\0true\x85R.")
    save("cut.bin", pickle.dumps(pairs, protocol=3)[:-40])


def python2(pairs):
    """What Python 2's cPickle writes with protocol 2: str as SHORT_BINSTRING or BINSTRING, memory numbers throughout."""
    images, same = pairs
    out, memo = b"\x80\x02]q\x01(", 2
    for image in images:
        head = b"U" + bytes([len(image)]) if len(image) < 256 else b"T" + struct.pack("<I", len(image))
        out += head + image + b"q" + bytes([memo])
        memo += 1
    out += b"e]q" + bytes([memo]) + b"(" + b"".join(b"\x88" if s else b"\x89" for s in same) + b"e\x86q" + bytes([memo + 1]) + b"."
    assert pickle.loads(out, encoding="bytes") == pairs
    return out


def read(rec, idx):
    data = open(rec, "rb").read()
    records = []
    for line in open(idx):
        key, offset = (int(x) for x in line.split("\t"))
        body = unframe(data, offset)
        flag, label, identity, _ = struct.unpack_from("<IfQQ", body)
        labels = list(struct.unpack_from(f"<{flag}f", body, 24)) if flag else [label]
        records.append({"key": key, "labels": labels, "id": identity, "bytes": body[24 + 4 * flag :].hex()})
    return records


if sys.argv[1] == "golden":
    golden()
elif sys.argv[1] == "read":
    print(json.dumps(read(sys.argv[2], sys.argv[3])))
else:
    images, same = pickle.load(open(sys.argv[2], "rb"), encoding="bytes")
    print(json.dumps({"images": [image.hex() for image in images], "same": same}))
