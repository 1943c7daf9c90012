#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# A disk's reads from end to end (bench/ends), in guest instructions of DMA: what a command may cost, and that buffers which stay mapped
# need no invalidation. Deferred invalidation is not held: by the clock, a batch is too old after more or fewer commands.
. "$(dirname "$0")/../static/tap.sh"

if ! have qemu-system-x86_64 || ! qemu-system-x86_64 -plugin help 2>/dev/null | grep -q file; then
	echo "1..0 # SKIP no qemu-system-x86_64 with plugins"
	exit 0
fi
tried='14 19'
compiler=$(clang --version 2>/dev/null | sed -n 's/.*version \([0-9]*\)\..*/\1/p' | head -n 1)

OUT=$tmp ONLY=ours JOBS=disk MODES="none strict" REPEAT=2 OPS=${OPS:-800} bench/ends/run >"$tmp/log" 2>&1
check "the benchmark runs" test $? -eq 0
[ -s "$tmp/ends.json" ] || tail -n 3 "$tmp/log" | sed 's/^/# /'

figure() { # FIELD OPERATION MODE
	sed -n 's/.*"operation": "'"$2"'", "mode": "'"$3"'".*"'"$1"'": \([0-9.]*\).*/\1/p' "$tmp/ends.json"
}
within() { # FIGURE LIMIT
	awk -v figure="$1" -v limit="$2" 'BEGIN { exit !(figure != "" && figure + 0 <= limit + 0) }'
}
limit() { # OPERATION NONE STRICT INVALIDATIONS-OF-STRICT
	operation=$1
	for pair in none:$2 strict:$3; do
		mode=${pair%:*} most=${pair#*:}
		cost=$(figure dma_instructions "$operation" "$mode")
		if within "$cost" "$most"; then
			ok "$operation, $mode: $cost instructions of DMA, at most $most"
		elif [ -n "$cost" ] && ! echo " $tried " | grep -q " $compiler "; then
			skip "$operation, $mode: at most $most instructions" "$cost with clang $compiler, which the limit was not tried with"
		else
			not_ok "$operation, $mode: ${cost:-no} instructions of DMA, at most $most"
		fi
		check "$operation, $mode: two runs are within 2 %" within "$(figure runs_apart_percent "$operation" "$mode")" 2
	done
	check "$operation, strict: at most $4 invalidations" within "$(figure invalidations "$operation" strict)" "$4"
}
limit "read 128 KiB, depth 8" 1125 1260 1
limit "read 4 KiB random, depth 1" 172 665 1
limit "read 4 KiB random, depth 32" 164 595 1
limit "kept read 128 KiB, depth 8" 1090 480 0
limit "kept read 4 KiB random, depth 1" 136 203 0
limit "kept read 4 KiB random, depth 32" 128 136 0
exceeds() {
	! within "$@"
}
check "more than a limit would be seen" exceeds 131.5 131
check "a row that is missing would be seen" exceeds "$(figure dma_instructions nothing none)" 100
finish
