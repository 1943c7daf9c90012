#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""No stretch of six lines stands in two IOMMU drivers: what both have belongs into src/iommu/unit, once.

    tests/static/twice.py

Lines are compared as code: without comments, white space, blank lines, lone braces and includes, and with the driver's own name in its identifiers
taken out (dma_vtd_x and dma_amdvi_x are one). A table of functions that all drivers fill in by the same names is no code: a line that begins with a
designator is like no other. Prints TAP. That it can fail is shown on two texts of its own."""
import os, re, sys

DRIVERS = ["vtd", "smmuv3", "amdvi", "riscv", "virtio"]
NAMES = re.compile(r"vtd|smmuv3|smmu|amdvi|riscv|virtio|dmar|iort|ivrs|viot", re.I)
STRETCH = 6


def code(text):
    """(number, line) of each line that says something."""
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), text, flags=re.S)
    for number, line in enumerate(text.split("\n"), 1):
        line = NAMES.sub("x", " ".join(line.split()))
        if line.startswith("."):
            yield number, (number, text)
        elif re.search(r"\w", line) and not line.startswith("#include"):
            yield number, line


def stretches(texts):
    """Pairs of places, of two texts, that share STRETCH lines: the longest runs."""
    pairs = []
    for i, (path, lines) in enumerate(texts):
        for other, others in texts[i + 1:]:
            a, b = 0, {}
            for k in range(len(others) - STRETCH + 1):
                b.setdefault(tuple(l for _, l in others[k:k + STRETCH]), k)
            while a <= len(lines) - STRETCH:
                k = b.get(tuple(l for _, l in lines[a:a + STRETCH]))
                if k is None:
                    a += 1
                    continue
                n = STRETCH
                while a + n < len(lines) and k + n < len(others) and lines[a + n][1] == others[k + n][1]:
                    n += 1
                pairs.append("%s:%d-%d and %s:%d-%d" % (path, lines[a][0], lines[a + n - 1][0], other, others[k][0], others[k + n - 1][0]))
                a += n
    return pairs


def driver(name):
    folder = os.path.join("src/iommu", name)
    return [(os.path.join(folder, f), list(code(open(os.path.join(folder, f)).read()))) for f in sorted(os.listdir(folder))]


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    n = failed = 0

    def check(what, good, why=()):
        nonlocal n, failed
        n += 1
        failed += not good
        print("%s %d - %s" % ("ok" if good else "not ok", n, what))
        for line in why:
            print("# " + line)

    folders = {name for name in os.listdir("src/iommu") if os.path.exists(os.path.join("src/iommu", name, name + "_driver.h"))}
    check("the drivers of src/iommu are these five", folders == set(DRIVERS), [] if folders == set(DRIVERS) else sorted(folders))
    read = {name: driver(name) for name in DRIVERS}
    for i, one in enumerate(DRIVERS):
        for two in DRIVERS[i + 1:]:
            found = [p for a in read[one] for b in read[two] for p in stretches([a, b])]
            check("no %d lines stand in %s and in %s" % (STRETCH, one, two), not found, found)
    body = "\n".join("\tdma_%%s_word(u, %d);" % k for k in range(STRETCH))
    here = [("a", list(code("int a;\n" + body % (("vtd",) * STRETCH)))), ("b", list(code("/* b */\n{\n" + body % (("amdvi",) * STRETCH))))]
    check("%d lines that stand twice would be found" % STRETCH, stretches(here) == ["a:2-7 and b:3-8"])
    here[1] = ("b", here[1][1][1:])
    check("and one less would not", not stretches(here))
    print("1..%d" % n)
    return failed != 0


sys.exit(main())
