"""Prints every tensor of a compact file as the hexadecimal digits of its bytes, by name.

Written from the description at CompactFile alone, to show that it is enough.
"""

import hashlib
import json
import math
import sys


def number(data):
    return int.from_bytes(data, "little")


def places(entry, index, count):
    """Where the values are, in the order of the values."""
    bits = number(index)

    def take(width):
        nonlocal bits
        value = bits & ((1 << width) - 1)
        bits >>= width
        return value

    if entry["encoding"] == "dense":
        return list(range(count))
    if entry["encoding"] == "bitmask":
        return [place for place in range(count) if take(1)]
    if entry["encoding"] == "gaps":
        most, found, place = 2 ** entry["bits"] - 1, [], 0
        for _ in range(entry["codes"]):
            gap = take(entry["bits"])
            place += gap
            if gap < most:
                found.append(place)
                place += 1
        return found
    keeping, size = entry["keeping"], entry["of"]
    outputs, inputs = entry["shape"][:2]
    positions = math.prod(entry["shape"][2:])
    width = math.ceil(math.log2(size))
    return [
        (output * inputs + first + take(width)) * positions + position
        for output in range(outputs)
        for first in range(0, inputs, size)
        for position in range(positions)
        for _ in range(keeping)
    ]


def main(path):
    with open(path, "rb") as file:
        data = file.read()
    assert data[:8] == bytes.fromhex("89504450430d0a1a") and number(data[8:16]) == 1
    body = 56 + number(data[16:24])
    assert hashlib.sha256(data[56:body]).digest() == data[24:56]
    tensors = {}
    for entry in json.loads(data[56:body])["tensors"]:
        begin, end = entry["offsets"]
        payload = data[body + begin : body + end]
        assert hashlib.sha256(payload).hexdigest() == entry["sha256"]
        width = {"F32": 4, "I64": 8}[entry["dtype"]]
        count, border = math.prod(entry["shape"]), width * entry["values"]
        elements = bytearray(width * count)
        for value, place in enumerate(places(entry, payload[border:], count)):
            elements[width * place : width * (place + 1)] = payload[width * value : width * (value + 1)]
        tensors[entry["name"]] = elements.hex()
    json.dump(tensors, sys.stdout)


main(sys.argv[1])
