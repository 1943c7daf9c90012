#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# 31 misuses of Linux's DMA API (misuse.c): each is reported by its rule. `misuse.sh table` prints them beside Linux's dma-debug, and the
# ledger of real machines (dmastream/watch.h).
. "$(dirname "$0")/../static/tap.sh"
have objcopy addr2line || { skip "misuses" "binutils are missing"; finish; }
tools/dmacheck cc -Itests/corpus -o "$tmp/misuse" tests/corpus/misuse.c >"$tmp/log" 2>&1 || not_ok "misuse.c compiles" "$tmp/log"
sed -n 's/^	case \([0-9]*\): \/\* \(.*\) \*\/$/\1|\2/p' tests/corpus/misuse.c >"$tmp/cases"
ledger=${B:-build}/watch/tests/watch/ledger
[ -z "${1-}" ] || printf '%3s %-62s %-24s %-10s %s\n' '' misuse dmacheck dma-debug 'on real machines'
while IFS='|' read -r number what rule debug real; do
	real=$(echo "$real" | tr -d ' ')
	rule=$(echo "$rule" | tr -d ' ')
	MISUSE=$number tools/dmacheck run "$tmp/misuse" --seeds 3 >"$tmp/out" 2>&1
	status=$?
	if [ -n "${1-}" ]; then
		got=$(grep -o "\[$rule\]" "$tmp/out" | sort -u | tr -d '[]')
		printf '%3s %-62s %-24s %-10s %s\n' "$number" "$what" "${got:-no}" "$([ -n "$(echo "$debug" | tr -d ' ')" ] && echo yes || echo no)" \
			"$("$ledger" | grep -qx "$real" && echo "ledger: ")$real"
	fi
	case $real in
	"" | handle | type | compiler | refused | safe) ;;
	*) check "$number: the ledger reports it ($real)" "$ledger" "case=$real" ;;
	esac
	if grep -q "\[$rule\]" "$tmp/out" && { [ "$status" -eq 1 ] || [ "$rule" = double-sync ]; }; then
		ok "$number: $what"
	else
		not_ok "$number: $what" "$tmp/out"
	fi
done <"$tmp/cases"
check "there are 31" test "$(wc -l <"$tmp/cases")" -eq 31
MISUSE=0 tools/dmacheck run "$tmp/misuse" --seeds 3 >"$tmp/out" 2>&1
check "without a misuse nothing is reported" test $? -eq 0
finish
