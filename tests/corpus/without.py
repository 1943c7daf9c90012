#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""Takes each sync and barrier of the library's own drivers and examples out in turn, and looks whether dmacheck says so.

    tests/corpus/without.py [SEEDS] [GROUP...]     SEEDS on each machine (10); groups: nvme, simblk, virtio, packed, net, ring, mailbox

Prints a line for each call: where, what, caught (by which rule, in how many of the runs) or not. Prints TAP: a call that is not caught and is not
explained in EXPLAINED fails."""
import json, os, re, subprocess, sys, tempfile

CALLS = re.compile(r"\b(dma_(?:stream|slice|buffer|list|block)_sync_(?:to|from)_device|dma_publish|dma_consume|dma_barrier)\(")


def sources_in(folder):
    return [folder + "/" + name for name in sorted(os.listdir(folder)) if name.endswith(".c")]


SIMBLK = ["drivers/simblk.c", "drivers/simblk_requests.c"]
NVME, VIRTIO, COPY = sources_in("drivers/nvme"), sources_in("drivers/virtio"), sources_in("apps/copy")
DISK = ["drivers/virtio/virtio_blk.c", "drivers/virtio/virtio_request.c"]
PACKED, FRAMES = "drivers/virtio/virtio_packed.c", "drivers/virtio/virtio_frames.c"
ALL = ["drivers/block.c", "drivers/inflight.c", "drivers/text.c"] + SIMBLK + VIRTIO + NVME + COPY + ["tests/corpus/ours/disk_copy.c"]
RING, MAILBOX = "examples/receive_ring.c", "examples/command_response.c"
GROUPS = {
    "nvme": (ALL, NVME + ["apps/copy/pump.c"], {"KIB": "64"}),
    "simblk": (ALL, SIMBLK, {"KIB": "64", "DISK": "simblk"}),
    "virtio": (ALL, [source for source in VIRTIO if source not in (PACKED, FRAMES)], {"KIB": "64", "DISK": "large,eager"}),
    "packed": (ALL, [PACKED], {"KIB": "64", "DISK": "packed,noindirect,eager"}),
    "net": (["drivers/text.c", "tests/corpus/ours/net_card.c"] + [source for source in VIRTIO if source not in DISK], [FRAMES], {}),
    "ring": ([RING, "tests/corpus/ours/receive_ring.c"], [RING], {}),
    "mailbox": ([MAILBOX, "tests/corpus/ours/command_response.c"], [MAILBOX], {}),
}
# Where a call is missed, why: (file, function, call) -> reason.
FRESH = "not needed for what it orders: coherent memory comes scrubbed and published from its allocation"
ONE_LINE = "needed, but not seen: the machine's store buffer keeps the stores to one line in order, and the entry is one"
EXPLAINED = {
    ("drivers/nvme/nvme_control.c", "nvme_enable", "dma_publish"): FRESH,
    ("drivers/simblk.c", "start", "dma_publish"): FRESH,
    ("drivers/virtio/virtio_pci.c", "virtio_go", "dma_publish"): "what was written before is published when each queue is told of, and at each offer",
    ("drivers/virtio/virtio_queue.c", "tell", "dma_publish"): "before it only the wish for interrupts was written, whose old value (on) costs one",
    ("drivers/virtio/virtio_queue.c", "virtq_listen", "dma_barrier"): "these disks are polled, so nobody listens (tests/hazards/h69 takes it out)",
    ("apps/copy/pump.c", "pad", "dma_list_sync_to_device"): "not reached: the disk is a whole number of blocks",
    ("examples/receive_ring.c", "post", "dma_barrier"): ONE_LINE,
    ("drivers/virtio/virtio_packed.c", "packed_add", "dma_publish"): ONE_LINE,
    ("examples/receive_ring.c", "nic_interrupt", "dma_barrier"): "it orders an acknowledgement, which this card does not have, before the look",
}


def function_of(lines, at):
    for line in reversed(lines[:at + 1]):
        found = re.match(r"^[a-z][\w *]*?\b(\w+)\(", line)
        if found:
            return found.group(1)
    return ""


def say_cc(arguments):
    built = subprocess.run(["tools/dmacheck", "cc", "-fno-door", "-w", "-Idrivers", "-Iapps/copy", "-Iexamples"] + arguments,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    return built.stdout if built.returncode else ""


def compile_one(source, work, folder="."):
    """Returns the object of a source, or None and why."""
    made = os.path.join(work, "%d.o" % len(os.listdir(work)))
    why = say_cc(["-I" + folder, "-c", "-o", made, source])
    return (None if why else made), why


def link_and_run(objects, env, seeds, work):
    program, report = os.path.join(work, "program"), os.path.join(work, "report.json")
    why = say_cc(["-o", program] + objects)
    if why:
        return None, why
    subprocess.run(["tools/dmacheck", "run", program, "--seeds", str(seeds), "--format", "json", "--output", report],
                   env=dict(os.environ, **env), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return json.load(open(report)), ""


def without(path, lines, at, match, work):
    """A copy of the source in which that call is 0."""
    rest, depth = "\n".join(lines[at:]), 0
    for end in range(match.end() - 1, len(rest)):
        depth += {"(": 1, ")": -1}.get(rest[end], 0)
        if depth == 0:
            break
    text = "\n".join(lines[:at] + [rest[:match.start()] + "(0)" + rest[end + 1:]])
    copy = os.path.join(work, os.path.basename(path))
    open(copy, "w").write('#line 1 "%s"\n%s' % (path, text))
    return copy


def main():
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    count = tried = caught = explained = failed = 0

    def say(fine, text):
        nonlocal count, failed
        count += 1
        failed += not fine
        print("%s %d - %s" % ("ok" if fine else "not ok", count, text), flush=True)

    for group in sys.argv[2:] or GROUPS:
        sources, files, env = GROUPS[group]
        with tempfile.TemporaryDirectory() as work:
            objects = {}
            for source in sources:
                objects[source], why = compile_one(source, work)
                if why:
                    break
            whole, why = (None, why) if why else link_and_run(list(objects.values()), env, seeds, work)
            found = [f for f in whole["findings"] if f["level"] != "note"] if whole else [why]
            say(not found, group + ": nothing is reported as it stands")
            for finding in found:
                print("#", str(finding)[:300])
            for path in files:
                lines = open(path).read().split("\n")
                for at, line in enumerate(lines):
                    for match in CALLS.finditer(line):
                        copy = without(path, lines, at, match, work)
                        changed, why = compile_one(copy, work, os.path.dirname(path))
                        report = None
                        if changed:
                            report, why = link_and_run([changed if s == path else objects[s] for s in sources], env, seeds, work)
                        function = function_of(lines, at)
                        where = "%s: %s:%d %s() without %s()" % (group, path, at + 1, function, match.group(1))
                        found = [f for f in report["findings"] if f["level"] != "note"] if report else []
                        reason = EXPLAINED.get((path, function, match.group(1)))
                        tried += 1
                        caught += bool(found)
                        explained += not found and bool(reason)
                        if report is None:
                            say(False, where + ": does not compile: " + why[-500:].replace("\n", " "))
                        elif found:
                            best = max(found, key=lambda f: (f["rule"] not in ("check-failed", "crash"), f["runs"]))
                            say(True, "%s: %s in %d of %d runs" % (where, best["rule"], best["runs"], report["runs"]))
                        else:
                            say(bool(reason), where + ": not caught" + (": " + reason if reason else ""))
    print("1..%d\n# %d calls taken out, %d caught, %d explained" % (count, tried, caught, explained))
    return failed


sys.exit(main() != 0)
