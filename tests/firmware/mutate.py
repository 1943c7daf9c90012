#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""Spoils firmware tables: mutate.py FROM TO SEED COUNT. Fields at odd values, cut tables, structures that stand twice or
overlap; length and checksum of the header are right again in most of them, so that what stands behind it is read."""
import os
import random
import sys

SIGNATURES = (b"DMAR", b"IVRS", b"IORT", b"VIOT", b"MCFG", b"XSDT", b"RSDT")
HEADER = 36


def spoil(table, chance):
    """One mistake."""
    at = chance.randrange(HEADER, len(table) - 8)
    end = at + chance.randrange(1, 64)
    kind = chance.random()
    if kind < 0.6:
        width = chance.choice((1, 1, 2, 4, 8))
        at -= at % width
        old = int.from_bytes(table[at : at + width], "little")
        most = (1 << 8 * width) - 1
        values = (0, 1, most, most // 2 + 1, old + 1, old - 1, old ^ 4, at, len(table), len(table) - at)
        table[at : at + width] = (chance.choice(values) & most).to_bytes(width, "little")
    elif kind < 0.7:
        del table[at:]
    elif kind < 0.8:
        del table[at:end]
    elif kind < 0.9:
        table[at:at] = table[at:end]
    else:
        table += table[at:end]


def seal(table):
    """Length and checksum of the header."""
    table[4:8] = len(table).to_bytes(4, "little")
    table[9] = 0
    table[9] = -sum(table) & 0xFF


def main():
    source, target, seed, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    chance = random.Random(seed)
    names = sorted(os.path.join(folder, name) for folder, _, found in os.walk(source) for name in found)
    tables = [data for data in (open(name, "rb").read() for name in names) if data[:4] in SIGNATURES and len(data) > 48]
    for number in range(count):
        table = bytearray(chance.choice(tables))
        for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
            if len(table) > 48:
                spoil(table, chance)
        if chance.random() < 0.9:
            seal(table)
        with open(os.path.join(target, f"{number:05}"), "wb") as out:
            out.write(table)


main()
