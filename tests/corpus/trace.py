#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""Holds a trace against the JSON trace event format (the document "Trace Event Format", which Perfetto and chrome://tracing open).

    tests/corpus/trace.py TRACE...     or, without a trace: makes one with dmacheck, checks it, and shows that mistakes in it are seen

Checked: the object form; each event's phase is one of those used here (M, B, E, X, i); ts and dur are numbers, not negative; pid and tid whole numbers;
B and E are balanced on each track and ts never goes back on a track; instants have a scope; a track has one name."""
import copy, json, os, subprocess, sys, tempfile


def wrong(trace):
    found, open_slices, last, names = [], {}, {}, {}
    if not isinstance(trace, dict) or not isinstance(trace.get("traceEvents"), list):
        return ["no traceEvents"]
    if trace.get("displayTimeUnit") not in ("ms", "ns"):
        found.append("displayTimeUnit")
    for i, event in enumerate(trace["traceEvents"]):
        phase, track = event.get("ph"), (event.get("pid"), event.get("tid"))
        if phase not in ("M", "B", "E", "X", "i"):
            found.append("event %d: phase %r" % (i, phase))
            continue
        if not all(isinstance(part, int) for part in track):
            found.append("event %d: pid or tid" % i)
        if not isinstance(event.get("name"), str) or not event["name"]:
            found.append("event %d: no name" % i)
        if not isinstance(event.get("ts"), (int, float)) or event["ts"] < 0:
            found.append("event %d: ts" % i)
            continue
        if phase == "M":
            if event["name"] not in ("process_name", "thread_name") or not isinstance(event.get("args", {}).get("name"), str):
                found.append("event %d: metadata" % i)
            if names.setdefault((track, event["name"]), event["args"]["name"]) != event["args"]["name"]:
                found.append("event %d: two names of one track" % i)
            continue
        if event["ts"] < last.get(track, 0):
            found.append("event %d: time goes back on its track" % i)
        last[track] = event["ts"]
        if phase == "X" and (not isinstance(event.get("dur"), (int, float)) or event["dur"] < 0):
            found.append("event %d: dur" % i)
        if phase == "i" and event.get("s") not in ("g", "p", "t"):
            found.append("event %d: scope" % i)
        open_slices[track] = open_slices.get(track, 0) + {"B": 1, "E": -1}.get(phase, 0)
        if open_slices[track] < 0:
            found.append("event %d: ends what has not begun" % i)
    found += ["track %s: %d slices without an end" % (track, n) for track, n in open_slices.items() if n > 0]
    return found


def own():
    count = failed = 0

    def check(name, fine, why=()):
        nonlocal count, failed
        count += 1
        failed += not fine
        print("%s %d - %s" % ("ok" if fine else "not ok", count, name))
        for line in list(why)[:10]:
            print("#", line)

    with tempfile.TemporaryDirectory() as work:
        program, path = os.path.join(work, "program"), os.path.join(work, "trace.json")
        subprocess.run(["tools/dmacheck", "cc", "-Itests/corpus", "-o", program, "tests/corpus/h37_gve_no_sync.c"], check=True)
        for machine in ("line64", "bounced", "iommu"):
            subprocess.run(["tools/dmacheck", "run", program, "--machine", machine, "--seed", "3", "--trace", path], stdout=subprocess.DEVNULL)
            trace = json.load(open(path))
            check("the trace of machine %s is of the format" % machine, not wrong(trace), wrong(trace))
        events = trace["traceEvents"]
        tracks = [e["args"]["name"] for e in events if e["name"] == "thread_name"]
        check("a track for each buffer", sum(name.startswith("buffer ") for name in tracks) == 2, tracks)
        for what in ("load", "store", "device reads", "device writes"):
            check("it shows: " + what, any(e["name"] == what for e in events))
        check("it shows evictions and fills", any(e["name"].startswith("line is") for e in events))
        check("it shows findings", any(e.get("cat") == "finding" for e in events))
        check("it shows the life of mappings", any(e["ph"] == "B" and e.get("cat") == "mapping" for e in events))
        for name, breakage in (("a slice without an end", lambda t: t.append(dict(t[-1], ph="B"))),
                               ("a phase that there is not", lambda t: t.append(dict(t[-1], ph="?"))),
                               ("time that goes back", lambda t: t.append(dict(t[-1], ts=0.0))),
                               ("an event without a track", lambda t: t.append({"ph": "X", "ts": 1, "dur": 1, "name": "x", "pid": 1}))):
            broken = copy.deepcopy(trace)
            breakage(broken["traceEvents"])
            check("would be seen: " + name, bool(wrong(broken)))
    print("1..%d" % count)
    return failed


if len(sys.argv) > 1:
    bad = [(path, line) for path in sys.argv[1:] for line in wrong(json.load(open(path)))]
    for path, line in bad:
        print(path + ":", line)
    sys.exit(bool(bad))
sys.exit(own() != 0)
