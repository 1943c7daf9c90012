#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""judge.py SOURCE LINES REPORT.json (SOURCE: where the driver's code stands): prints the rules of the findings that name a line with the mistake; status 1 if there is none.

A finding names a line by where it happened, by the other access, or by where the mapping was made or ended."""
import json, os, sys

source, lines, report = sys.argv[1:]
marked = {int(line) for line in open(lines)}
rules, others = [], []
for finding in json.load(open(report))["findings"]:
    named = [finding[key][0] for key in ("where", "also_where", "mapping_made", "mapping_ended") if finding[key]]
    hit = any(os.path.basename(place["file"]) == os.path.basename(source) and place["line"] in marked for place in named)
    if hit and finding["level"] != "note" and finding["rule"] not in ("check-failed", "crash"):
        if finding["rule"] not in rules:
            rules.append(finding["rule"])
    else:
        others.append((finding["rule"], finding["text"], named))
print(",".join(rules))
if not rules:
    print("marked:", sorted(marked), "found:", others, file=sys.stderr)
sys.exit(not rules)
