#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Each kind of store that compilers make (bytes, volatile, atomics, bit-fields, vectors, structures, block copies,
# unaligned ones, 128 bits) is seen by dmacheck at its line, on every machine, by gcc and clang, optimised or not.
. "$(dirname "$0")/../static/tap.sh"
have objcopy addr2line || { skip "accesses" "binutils are missing"; finish; }
source=tests/corpus/ours/accesses.c
kinds=$(grep -c '^#.*if KIND ==' "$source")
for compiler in gcc clang; do
	have "$compiler" || { skip "accesses by $compiler" "$compiler is missing"; continue; }
	for level in -O1 -O3; do
		: >"$tmp/missed"
		kind=0
		while [ "$kind" -lt "$kinds" ]; do
			from=$(grep -n "^#.*if KIND == $kind\$" "$source" | cut -d: -f1)
			line=$(awk -v from="$from" 'NR > from && /MISTAKE/ { print NR; exit }' "$source")
			CC=$compiler tools/dmacheck cc "$level" -Wno-unused -DKIND="$kind" -o "$tmp/accesses" "$source" >"$tmp/log" 2>&1 ||
				cat "$tmp/log" >>"$tmp/missed"
			tools/dmacheck run "$tmp/accesses" --seeds 1 >"$tmp/report"
			awk -v at="$source:$line:" '$1 == at && /missing-sync-to-device/ { found = 1 }
				found && /seen in/ { exit $3 != $5 }
				END { if (!found) exit 1 }' "$tmp/report" || { echo "kind $kind, line $line"; cat "$tmp/report"; } >>"$tmp/missed"
			kind=$((kind + 1))
		done
		what="$compiler $level: $kinds kinds of stores are named at their lines"
		if [ -s "$tmp/missed" ]; then not_ok "$what" "$tmp/missed"; else ok "$what"; fi
	done
done
finish
