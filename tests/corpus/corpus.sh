#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# The mistakes of HAZARDS C as small drivers in the style of the original API: each is found at the right file and line, each repair is clean.
#   tests/corpus/corpus.sh [SEEDS] [table]    SEEDS on each machine for the repairs (20); table: `make corpus`'s
# A driver with LAYER n in its head is right; the mistake is seeded in the layer below it, and its repair is that layer without. Its code may stand in a header
# of its own, for several layers: LAYER n WORD is seen at the lines that are marked MISTAKE WORD there.
. "$(dirname "$0")/../static/tap.sh"
seeds=${1:-20} table=${2:-}
have objcopy addr2line || { skip "corpus" "binutils are missing"; finish; }
for compiler in gcc clang; do
	[ "$compiler" = gcc ] || [ -z "$table" ] || continue
	have "$compiler" || { skip "corpus by $compiler" "$compiler is missing"; continue; }
	[ -z "$table" ] || printf '%-30s %-8s %-24s %s\n' driver caught rule "false reports of the repair"
	for source in tests/corpus/h*.c tests/corpus/door_*.c; do
		name=$(basename "$source" .c)
		layer=$(sed -n 's/^ \* LAYER \([0-9]*\).*/\1/p' "$source")
		marked=$(sed -n 's/^ \* LAYER [0-9]* \(.*\)/ \1/p' "$source")
		code=$(sed -n 's/^#include "\(bounced.h\|two_pages.h\)"/tests\/corpus\/\1/p' "$source")
		code=${code:-$source}
		for repaired in 0 1; do
			CC=$compiler tools/dmacheck cc -Wall -Wextra -Werror -DREPAIRED="$repaired" -Itests/corpus -o "$tmp/$name.$repaired" "$source" \
				>"$tmp/log" 2>&1 || not_ok "$compiler compiles $name" "$tmp/log"
		done
		grep -n "MISTAKE$marked" "$code" | cut -d: -f1 >"$tmp/lines"
		DMACHECK_LAYER=${layer:-0} tools/dmacheck run "$tmp/$name.0" --seeds 5 --format json --output "$tmp/$name.json" 2>"$tmp/log"
		wrong=$?
		rules=$(python3 tests/corpus/judge.py "$code" "$tmp/lines" "$tmp/$name.json" 2>"$tmp/log") || wrong=0
		DMACHECK_LAYER=0 tools/dmacheck run "$tmp/$name.1" --seeds "$seeds" >"$tmp/repaired" 2>&1
		right=$?
		if [ -n "$table" ]; then
			[ "$wrong" -eq 1 ] && caught=yes || caught=no
			printf '%-30s %-8s %-24s %s\n' "$name" "$caught" "$rules" "$(tail -n 1 "$tmp/repaired")"
		fi
		if [ "$wrong" -eq 1 ]; then ok "$compiler $name is found: $rules"; else not_ok "$compiler $name is found" "$tmp/log"; fi
		if [ "$right" -eq 0 ]; then ok "$compiler $name, repaired, is clean"; else not_ok "$compiler $name, repaired, is clean" "$tmp/repaired"; fi
	done
done
finish
