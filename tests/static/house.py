#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""The tree's order: a folder uses only those that stand above it, and no two files use each other in a circle.

    tests/static/house.py [BUILD]

Arrows are read twice: from the includes, and from the symbols that the objects of `make check` define and use. What cannot be otherwise stands
in tests/static/house.txt with its reason: `FROM TO REASON`, files or folders. Prints TAP. That it can fail is shown on a small tree of its own."""
import collections, os, re, subprocess, sys, tempfile

# Rooms from the top down; those on one line do not use each other. What a room uses stands above it.
SRC = ["src/arch", "src/base", "src/watch", "src/cvm", "src/memory", "src/device", "src/stream", "src/iommu/virtqueue", "src/iommu/iova", "src/iommu/table", "src/iommu/space",
       "src/iommu/unit", "src/iommu/vtd src/iommu/smmuv3 src/iommu/amdvi src/iommu/riscv src/iommu/virtio src/iommu/ranges", "src"]
SIM = ["platform/sim/cvm", "platform/sim/machine", "platform/sim/devices", "platform/sim/iommu", "platform/sim/run", "platform/sim/host"]
BARE = ["platform/bare/kernel", "platform/bare/memory", "platform/bare/cvm", "platform/bare/pci", "platform/bare/firmware", "platform/bare/iommu", "platform/bare/efi",
        "platform/bare/x86_64 platform/bare/aarch64 platform/bare/riscv64 platform/bare/loongarch64", "platform/bare/selftest", "platform/bare"]
# Doors: what a machine's folder provides by contract (platform/bare/machine.h), and what every host does (platform.h).
# And what a machine's start calls, and its linker script defines.
DOORS = re.compile(r"^(machine_|image_|dma_host_|app_main$|bare_start$|mem(cpy|set|move|cmp)$)")


def ranks(rooms):
    return {room: i for i, line in enumerate(rooms) for room in line.split()}


def room_of(path, rank):
    folder = os.path.dirname(path)
    while folder and folder not in rank:
        folder = os.path.dirname(folder)
    return folder


def files_below(root, top, ending):
    for base, _, names in os.walk(os.path.join(root, top)):
        for name in sorted(names):
            if name.endswith(ending):
                yield os.path.relpath(os.path.join(base, name), root)


def includes(root, top):
    for path in files_below(root, top, (".c", ".h")):
        for name in re.findall(r'^\s*#\s*include\s*"([^"]+)"', open(os.path.join(root, path)).read(), re.M):
            target = os.path.normpath(os.path.join(os.path.dirname(path), name))
            if os.path.exists(os.path.join(root, target)):
                yield path, target, "includes it"


def symbols(build, top):
    defined, used, sources = {}, [], {}
    for path in files_below(build, top, ".o"):
        source = next((path[:-1] + kind for kind in "cS" if os.path.exists(path[:-1] + kind)), None)
        if source: # else an object of one that has gone
            sources[os.path.join(build, path)] = source
    if not sources:
        return
    out = subprocess.run(["nm", "-A"] + list(sources), stdout=subprocess.PIPE, universal_newlines=True).stdout
    for line in out.splitlines():
        source = sources[line.split(":", 1)[0]]
        kind, name = line.split()[-2:]
        if kind in "TDBRVWC":
            defined[name] = source
        elif kind == "U" and not DOORS.match(name):
            used.append((source, name))
    for source, name in used:
        if name in defined and defined[name] != source:
            yield source, defined[name], "uses " + name


def circles(arrows):
    """Groups of files that use each other, by Tarjan's algorithm."""
    graph = collections.defaultdict(set)
    for a, b, _ in arrows:
        graph[a].add(b)
    index, low, stack, on, found = {}, {}, [], set(), []

    def visit(v):
        work = [(v, iter(sorted(graph[v])))]
        index[v] = low[v] = len(index)
        stack.append(v)
        on.add(v)
        while work:
            v, rest = work[-1]
            for w in rest:
                if w not in index:
                    index[w] = low[w] = len(index)
                    stack.append(w)
                    on.add(w)
                    work.append((w, iter(sorted(graph[w]))))
                    break
                if w in on:
                    low[v] = min(low[v], index[w])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[v])
                if low[v] == index[v]:
                    group = []
                    while True:
                        w = stack.pop()
                        on.discard(w)
                        group.append(w)
                        if w == v:
                            break
                    if len(group) > 1:
                        found.append(sorted(group))

    for v in list(graph):
        if v not in index:
            visit(v)
    return found


def upward(arrows, rank):
    for a, b, why in arrows:
        room_a, room_b = room_of(a, rank), room_of(b, rank)
        if room_a in rank and room_b in rank and room_a != room_b and rank[room_b] >= rank[room_a]:
            yield a, b, why


def exceptions(path):
    found = {}
    for line in open(path):
        if line.strip() and not line.startswith("#"):
            a, b, reason = line.split(None, 2)
            found[a, b] = reason.strip()
    return found


class Tap:
    def __init__(self):
        self.n = self.bad = 0

    def test(self, name, found):
        self.n += 1
        self.bad += bool(found)
        print("%s %d - %s" % ("not ok" if found else "ok", self.n, name))
        for line in found[:40]:
            print("# " + line)


def allowed(known, used, a, b):
    for x, y in known:
        if (a == x or a.startswith(x + "/")) and (b == y or b.startswith(y + "/")):
            used.add((x, y))
            return True
    return False


def main():
    build = sys.argv[1] if len(sys.argv) > 1 else "build"
    known, used, tap = exceptions("tests/static/house.txt"), set(), Tap()
    for what, top, rooms, objects in (("the library", "src", SRC, "simfast"), ("the simulated machine", "platform/sim", SIM, "simfast"),
                                      ("the bare machine q35", "platform/bare", BARE, "q35"), ("the bare machine arm64", "platform/bare", BARE, "arm64"),
                                      ("the bare machine riscv64", "platform/bare", BARE, "riscv64")):
        rank = ranks(rooms)
        by_symbol = list(symbols(os.path.join(build, objects), top))
        tap.test("%s: its objects are there" % what, [] if by_symbol else ["nothing in %s/%s" % (build, objects)])
        for source, arrows in (("includes", list(includes(".", top))), ("symbols", by_symbol)):
            arrows = [x for x in arrows if not allowed(known, used, x[0], x[1])]
            tap.test("%s, by %s: no arrow upward" % (what, source), sorted({"%s -> %s (%s)" % x for x in upward(arrows, rank)}))
            if source == "symbols":
                tap.test("%s, by %s: no circle" % (what, source), [" ".join(c) for c in circles(arrows)])
    tap.test("each exception is needed", ["%s %s" % k for k in known if k not in used])
    names = collections.defaultdict(list)
    for top in ("include", "src", "platform/sim", "platform/bare", "drivers"):
        for path in files_below(".", top, ".h"):
            names[os.path.basename(path)].append(path)
    machines = re.compile(r"src/arch/|/dmastream/arch\.h$|platform/bare/(x86_64|aarch64|riscv64|loongarch64)/")
    tap.test("no two headers have one name", [" ".join(p) for p in names.values() if len([x for x in p if not machines.search(x)]) > 1])
    with tempfile.TemporaryDirectory() as root: # a tree with an arrow upward and a circle
        for path, text in (("src/base/a.h", '#include "../stream/b.h"\n'), ("src/stream/b.h", '#include "../base/a.h"\n')):
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            open(os.path.join(root, path), "w").write(text)
        arrows = list(includes(root, "src"))
        tap.test("an include that points up would be seen", [] if [x[:2] for x in upward(arrows, ranks(SRC))] == [("src/base/a.h", "src/stream/b.h")] else ["it was not"])
        tap.test("and a circle", [] if circles(arrows) else ["it was not"])
    print("1..%d" % tap.n)
    sys.exit(tap.bad > 0)


main()
