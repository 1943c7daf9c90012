#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""picture.py TRACE.json OUT.svg: draws a trace of dmacheck, a track a row, one step an event: docs/trace.svg is made so.

Not a viewer: it shows what a viewer such as Perfetto has to show."""
import json, sys

COLOURS = {"load": "#4e79a7", "store": "#f28e2b", "device reads": "#59a14f", "device writes": "#e15759", "clean": "#9c755f", "invalidate": "#b07aa1",
           "line is": "#bab0ac", "publish": "#76b7b2", "consume": "#76b7b2", "register": "#edc948"}
trace = json.load(open(sys.argv[1]))["traceEvents"]
names = {e["tid"]: e["args"]["name"] for e in trace if e["name"] == "thread_name"}
events = [e for e in trace if e["ph"] != "M"]
tracks = sorted({e["tid"] for e in events})
times = {t: i for i, t in enumerate(sorted({e["ts"] for e in events}))}
step, left, row = max(2.0, 900.0 / len(times)), 250, 30
width, height = left + step * len(times) + 20, row * len(tracks) + 60
out = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="11">' % (width, height),
       '<rect width="100%" height="100%" fill="white"/>']


def colour(name):
    return next((c for word, c in COLOURS.items() if word in name), "#888")


for i, tid in enumerate(tracks):
    y, opened = 20 + i * row, None
    out.append('<text x="5" y="%d">%s</text><line x1="%d" x2="%d" y1="%d" y2="%d" stroke="#ddd"/>' % (
        y + 14, names.get(tid, str(tid)).replace("&", "&amp;")[:42], left, width - 10, y + 20, y + 20))
    for e in (e for e in events if e["tid"] == tid):
        x = left + step * times[e["ts"]]
        title = "<title>%s</title>" % e["name"].replace("&", "&amp;").replace("<", "&lt;")
        if e["ph"] == "B":
            opened = x
        elif e["ph"] == "E" and opened is not None:
            out.append('<rect x="%.1f" y="%d" width="%.1f" height="18" fill="#cfe2f3" fill-opacity="0.6">%s</rect>' % (opened, y, x - opened, title))
        elif e["ph"] == "i":
            sign = "red" if e.get("cat") == "finding" else "black"
            out.append('<path d="M%.1f %d l5 10 h-10 z" fill="%s">%s</path>' % (x, y + 4, sign, title))
        else:
            out.append('<rect x="%.1f" y="%d" width="%.1f" height="14" fill="%s">%s</rect>' % (x, y + 2, max(step, 2), colour(e["name"]), title))
x = left
for word, c in COLOURS.items():
    out.append('<rect x="%d" y="%d" width="10" height="10" fill="%s"/><text x="%d" y="%d">%s</text>' % (x, height - 22, c, x + 13, height - 13, word))
    x += 30 + 7 * len(word)
out.append("</svg>")
open(sys.argv[2], "w").write("\n".join(out) + "\n")
