#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Each mistake of ledger.c is told by the ledger, with the file and the lines that are marked there; what is right tells nothing.
. "$(dirname "$0")/../static/tap.sh"
program=${B:-build}/watch/tests/watch/ledger source=tests/watch/ledger.c
have addr2line || { skip "the ledger" "binutils are missing"; finish; }

for name in $("$program"); do
	"$program" "case=$name" >"$tmp/out" 2>"$tmp/log"
	check "$name: counted as it should be" test $? -eq 0
	tools/ledger "$program" "$tmp/log" >"$tmp/told"
	for which in here made ended; do
		line=$(grep -n "[* ]$which $name \\*/" "$source" | cut -d: -f1)
		[ -z "$line" ] || check "$name: $which, in line $line" grep -q "$which.*$source:$line)" "$tmp/told"
	done
done
check "a chain of callers is told" grep -q "map() ([^ ]*$source:[0-9]*) < " "$tmp/told"
check "what is right tells nothing" sh -c "[ -z \"\$('$program' case=nothing_wrong 2>&1)\" ]"
"$program" case=trace >"$tmp/trace.json" 2>"$tmp/log"
check "the trace is of the format" tests/corpus/trace.py "$tmp/trace.json"
for what in '"cat": "mapping"' '"sync to the device"' '"sync from the device"' '"a sync was refused"' '"released twice'; do
	check "the trace shows: $what" grep -q "$what" "$tmp/trace.json"
done
check "a track for each buffer" test "$(grep -c '"thread_name".*"buffer [0-9]*"' "$tmp/trace.json")" -eq 2
finish
