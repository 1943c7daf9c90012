#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# The tables beside Linux end with an error, and name the row, where two runs are more than 2 % apart (bench/apart.awk).
. "$(dirname "$0")/../static/tap.sh"

# ends VALUES: one row of bench/ends, in two runs or more: DMA:all:invalidations of each.
ends() {
	for run in "$@"; do
		echo "$run" | awk -F: '{ print "linux|strict|send_64_bytes|2000|1000|" $3 "|" $2 "|" $1 }'
	done | awk -F'|' -v kind=counted -v json="$tmp/json" -v svg="$tmp/svg" -f bench/apart.awk -f bench/ends/table.awk >"$tmp/md" 2>"$tmp/error"
}
# linux VALUES: one row of bench/linux.
linux() {
	for run in "$@"; do
		[ "$run" = none ] || echo "linux|strict|map+release|4096|$run"
		echo "ours|none|map+release|4096|58"
		echo "linux|none|map+release|4096|169"
	done | awk -F'|' -v json="$tmp/json" -v svg="$tmp/svg" -f bench/apart.awk -f bench/linux/table.awk >"$tmp/md" 2>"$tmp/error"
}
fails() {
	! "$@"
}
named() {
	grep -qF "$1" "$tmp/error"
}

check "runs that are the same" ends 100:1000:1 100:1000:1
check "the table says so" grep -q 'none differs' "$tmp/md"
check "2 % apart" ends 100:1000:1 102:1020:1.02
check "the table says by how much" grep -q 'at most 2.00 % apart' "$tmp/md"
check "2.1 % apart in the instructions of DMA" fails ends 1000:1000:1 1021:1000:1
check "the row is named" named "send 64 bytes, strict, Linux, DMA: 1000 and 1021"
check "2.1 % apart in all instructions" fails ends 1000:1021:1 1000:1000:1
check "the row is named" named "send 64 bytes, strict, Linux, all: 1000 and 1021"
check "2.1 % apart in invalidations" fails ends 1000:1000:1 1000:1000:1.021
check "the row is named" named "send 64 bytes, strict, Linux, invalidations: 1 and 1.021"
check "one invalidation in 1000 operations is not shown" ends 1000:1000:0.004 1000:1000:0.005
check "more than that is" fails ends 1000:1000:0.004 1000:1000:0.0055
check "the second run of three is the odd one" fails ends 1000:1000:1 1100:1000:1 1000:1000:1
check "one run says nothing" ends 1000:1000:1
check "and the table says so" grep -q 'One run' "$tmp/md"

check "single operations: 2 % apart" linux 1000 1020
check "2.1 % apart" fails linux 1000 1021
check "the row is named" named "map+release, 4 KiB, Linux strict: 1000 and 1021"
check "an operation that Linux refused each time" linux fails fails
check "an operation that Linux refused once" fails linux 1000 fails
check "an operation that one run has not" fails linux 1000 none
check "the row is named" named "map+release, 4 KiB, Linux strict: 1000 and 1000 in 1 of 2 runs"
finish
