#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""The tables of docs/findings.md: no cell is empty, the numbers 1 to 22 are all there, and each test that is named is
in the tree: a path, a scene, a case or a program in quotes, a mutant's label."""
import glob
import itertools
import os
import re
import sys

PAGE = "docs/findings.md"
ENDINGS = ("", ".c", ".h", ".sh", ".py", ".mk", ".txt", ".s", ".S")


def rows(text):
    """Number of the line, and the cells of each table's row."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("|") and not re.match(r"\|[ -:|]*\|$", line):
            yield number, [cell.strip() for cell in line.strip("|").split(" | ")]


def expand(path):
    """a{b,c}d: abd, acd."""
    parts = [part.split(",") for part in re.split(r"[{}]", path)]
    return ["".join(choice) for choice in itertools.product(*parts)]


def in_tree(path):
    path = re.sub(r"^(build/)?[^/]*/(?=tests/)|^build/(?=tests/)", "", path).rstrip("/.")
    return any(glob.glob(path + ending) for ending in ENDINGS) or ("/" + path.split("/", 1)[1] in built)


def wrong(cells):
    """What a row says that is not so."""
    if not all(cells):
        yield "an empty cell"
    for cell in cells[1:2]:
        for path in re.findall(r"(?:build/)?(?:[\w{},]+/)?tests/[\w/{},.*-]+", cell):
            for one in expand(path.rstrip(",.-:")):
                if not in_tree(one):
                    yield f"there is no {one}"
        for name in re.findall(r"\b(?:scene|test|h\d\d)_\w+", cell):
            if name.rstrip("_") not in sources:
                yield f"no test is called {name}"
        for name in re.findall(r'"([^"]+)"', cell):
            parts = re.split(r"\.\.\.|…|\b[N4]\b|\d/\d", name)  # figures, and what is left out
            if not all(part.strip() in sources for part in parts):
                yield f'nothing is called "{name}"'


def read(names):
    return "\n".join(open(name, errors="replace").read() for name in names if os.path.isfile(name))


folders = ("tests", "platform/bare", "apps", "tools")
names = [name for folder in folders for name in glob.glob(folder + "/**", recursive=True)
         if not name.endswith("findings.py")]
sources = "\n".join(names) + read(names) + read(["docs/design.md"])
built = read(glob.glob("**/build.mk", recursive=True))
page = open(PAGE).read()
found = []
numbers = set()
table = list(rows(page))
for at, row in table:
    numbers.update(int(n) for n in re.findall(r"^\d+", row[0]))
    found += [f"{PAGE}:{at}: {what}: {row[0][:60]}" for what in wrong(row)]
found += [f"{PAGE}: number {number} has no row" for number in sorted(set(range(1, 23)) - numbers)]
for other in ("docs/testing.md", "docs/iommu.md"):
    text = re.sub(r"\s+", " ", open(other).read())
    found += [f"{other}: {what}" for what in wrong(["", text.replace('"', "'"), "-"]) if "empty" not in what]
if len(list(wrong(["a", 'tests/none/such "nothing of that kind" h99_none', ""]))) != 4:
    found.append("a row that is wrong in four ways is not told")
for line in found:
    print(f"# {line}")
print(f"{'not ok' if found else 'ok'} 1 - each of {len(table)} rows of {PAGE} names tests that are there")
print("1..1")
sys.exit(found != [])
