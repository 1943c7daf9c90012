#!/ usr / bin / env python3
#SPDX - License - Identifier : MPL - 2.0
""
	"Takes each sync and barrier of the library's own drivers and examples out in turn, and looks whether dmacheck says so.

	tests /
	corpus / without.py[SEEDS][GROUP...] SEEDS on each machine(10); groups: nvme, simblk, examples

Prints a line for each call: where, what, caught (by which rule, in how many of the runs) or not. Prints TAP; a call that is not caught and is not
explained in EXPLAINED fails, and so does an explanation that is no longer needed."""
import json, os, re, subprocess, sys, tempfile

CALLS = re.compile(r"\b(dma_(?:stream|slice|buffer|list|block)_sync_(?:to|from)_device|dma_publish|dma_consume|dma_barrier)\(")
VIRTIO = ["drivers/virtio/" + name for name in sorted(os.listdir("drivers/virtio")) if name.endswith(".c")]
DRIVERS = ["drivers/block.c", "drivers/inflight.c", "drivers/text.c", "drivers/simblk.c"] + VIRTIO
NVME = ["drivers/nvme/" + name for name in sorted(os.listdir("drivers/nvme")) if name.endswith(".c")]
COPY = ["apps/copy/" + name for name in sorted(os.listdir("apps/copy")) if name.endswith(".c")]
GROUPS = {
    "nvme": (DRIVERS + NVME + COPY + ["tests/corpus/ours/disk_copy.c"], NVME + ["apps/copy/pump.c"], {
	"KIB" : "64"}),
    "simblk": (DRIVERS + NVME + COPY + ["tests/corpus/ours/disk_copy.c"], ["drivers/simblk.c"], {
	"KIB" : "64", "DISK" : "simblk"}),
    "virtio": (DRIVERS + NVME + COPY + ["tests/corpus/ours/disk_copy.c"], VIRTIO, {"KIB": "64", "DISK": "large"}),
    "packed": (DRIVERS + NVME + COPY + ["tests/corpus/ours/disk_copy.c"], VIRTIO, {"KIB": "64", "DISK": "packed"}),
    "ring": (["examples/receive_ring.c", "tests/corpus/ours/receive_ring.c"], ["examples/receive_ring.c"], {}),
    "mailbox": (["examples/command_response.c", "tests/corpus/ours/command_response.c"], ["examples/command_response.c"], {}),
}
#Where a call is missed, why : (file, function it stands in or text of the line)->reason.
EXPLAINED = {
    ("drivers/nvme/nvme_control.c", "dma_publish"): "not needed for what it orders: the queues were scrubbed and published by dma_coherent_alloc()",
    ("drivers/simblk.c:start", "dma_publish"): "the same: rings come published from dma_coherent_alloc()",
    ("examples/receive_ring.c:nic_interrupt", "dma_barrier"): "orders an acknowledgement that this card does not have before the look at the ring",
}


def function_of(lines, at):
    for i in range(at, -1, -1):
        found = re.match(r"^[a-z][\w \*]*?\b(\w+)\(", lines[i])
        if found and not lines[i].startswith(("\t", " ")):
            return found.group(1)
    return ""


def build_and_run(sources, env, seeds, work):
    program = os.path.join(work, "program")
    built = subprocess.run(["tools/dmacheck", "cc", "-fno-door", "-w", "-Idrivers", "-Iapps/copy", "-Iexamples", "-o", program] + sources,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    if built.returncode:
        return None, built.stdout
    report = os.path.join(work, "report.json")
    subprocess.run(["tools/dmacheck", "run", program, "--seeds", str(seeds), "--format", "json", "--output", report, "--timeout", "60"],
                   env=dict(os.environ, **env), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return json.load(open(report)), ""


def main():
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    chosen = sys.argv[2:] or list(GROUPS)
    tested = tried = caught = failed = 0
    for group in chosen:
        sources, files, env = GROUPS[group]
        with tempfile.TemporaryDirectory() as work:
            whole, why = build_and_run(sources, env, seeds, work)
            clean = whole is not None and not [f for f in whole["findings"] if f["level"] != "note"]
            tested += 1
            failed += not clean
            print("%s %d - %s: nothing is reported as it stands" % ("ok" if clean else "not ok", tested, group))
            if not clean:
                for finding in whole["findings"] if whole else []:
                    print("# ", finding["rule"], finding["text"], finding["where"][:1])
                print("#", why[-2000:])
            for path in files:
                lines = open(path).read().split("\n")
                for at, line in enumerate(lines):
                    for match in CALLS.finditer(line):
                        depth, end = 0, at
                        rest, begin = "\n".join(lines[at:]), match.start()
                        for i in range(match.end() - 1, len(rest)):
                            depth += {"(": 1, ")": -1}.get(rest[i], 0)
                            if depth == 0:
                                break
                        changed = "\n".join(lines[:at] + [rest[:begin] + "(0)" + rest[i + 1:]])
                        copy = os.path.join(work, os.path.basename(path))
                        open(copy, "w").write('#line 1 "%s"\n' % path + changed)
                        with_it = [copy if s == path else s for s in sources]
                        if path.startswith("examples/"):
                            changed = changed.replace('#include "', '#include "' + os.path.abspath("examples") + "/")
                            open(copy, "w").write('#line 1 "%s"\n' % path + changed)
                        elif path.startswith(("drivers/nvme/", "drivers/virtio/")):
                            changed = re.sub(r'#include "(\.\./)?', lambda m: '#include "' + os.path.abspath(os.path.dirname(path)) + "/" + (m.group(1) or ""), changed)
                            open(copy, "w").write('#line 1 "%s"\n' % path + changed)
                        else:
                            changed = changed.replace('#include "', '#include "' + os.path.abspath(os.path.dirname(path)) + "/")
                            open(copy, "w").write('#line 1 "%s"\n' % path + changed)
                        report, why = build_and_run(with_it, env, seeds, work)
                        function = function_of(lines, at)
                        tested += 1
                        tried += 1
                        where = "%s:%d %s() without %s()" % (path, at + 1, function, match.group(1))
                        found = [f for f in report["findings"] if f["level"] != "note"] if report else []
                        reason = EXPLAINED.get((path, match.group(1))) or EXPLAINED.get((path + ":" + function, match.group(1)))
                        if report is None:
                            failed += 1
                            print("not ok %d - %s: does not compile\n# %s" % (tested, where, why[-800:].replace("\n", "\n# ")))
                        elif found:
                            caught += 1
                            best = max(found, key=lambda f: (f["rule"] != "check-failed", f["runs"]))
                            print("ok %d - %s: %s in %d of %d runs" % (tested, where, best["rule"], best["runs"], report["runs"]))
                        elif reason:
                            print("ok %d - %s: not caught: %s" % (tested, where, reason))
                        else:
                            failed += 1
                            print("not ok %d - %s: not caught" % (tested, where))
    print("1..%d" % tested)
    print("# %d calls taken out, %d caught" % (tried, caught))
    sys.exit(failed != 0)


main()
