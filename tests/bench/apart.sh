#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# The tables beside Linux end with an error, and name the row, where two runs are more than 2 % apart (bench/apart.awk). Table, JSON and
# picture say the same, those of docs/performance.md, too. Options that make no sense are refused.
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

# What a picture shows, bar by bar / what it has to show, by the rows of a table on standard input: ends or linux.
bars() { # PICTURE
	grep -o 'font-size="9">[0-9.]*' "$1" | sed 's/.*>//'
}
cells() { # KIND
	awk -F' *[|] *' -v kind="$1" '
		/^[|] (operation|---)/ { next }
		/^[|]/ && kind == "ends" { n = split("4 5", at, " ") }
		/^[|]/ && kind == "linux" { n = split($2 ~ /untrusted/ ? "13 11" : "4 5 7 8 10 11", at, " ") }
		/^[|]/ { for (i = 1; i <= n; i++) if ($at[i] + 0 > 0) print $at[i] }'
}
same() { # FILE FILE
	test -s "$1" && cmp -s "$1" "$2"
}
of_page() { # KIND
	sed -n "/^<!-- $1 -->\$/,/^<!-- end -->\$/p" docs/performance.md
}
for kind in linux ends; do
	of_page $kind | cells $kind >"$tmp/cells"
	bars docs/$kind.svg >"$tmp/bars"
	check "the table and the picture $kind of docs/performance.md are of one run: $(wc -l <"$tmp/bars") bars" same "$tmp/cells" "$tmp/bars"
	sed '$s/$/0/' "$tmp/bars" >"$tmp/other"
	check "a bar that is another would be seen" fails same "$tmp/cells" "$tmp/other"
done
in_json() { # FIELD
	grep -o "\"$1\": [0-9.]*" "$tmp/json" | sed 's/.*: //'
}
{
	echo "linux|none|read_4_KiB|2000|1000|0|2000|131"
	echo "ours|none|read_4_KiB|2000|1000|0|900|97"
	echo "ours|strict|kept_4_KiB|2000|1000|1|900|44"
} >"$tmp/figures"
awk -F'|' -v kind=counted -v json="$tmp/json" -v svg="$tmp/svg" -f bench/apart.awk -f bench/ends/table.awk "$tmp/figures" >"$tmp/md"
cells ends <"$tmp/md" >"$tmp/cells"
bars "$tmp/svg" >"$tmp/bars"
in_json dma_instructions >"$tmp/other"
check "table, picture and JSON of a run say the same" sh -c "cmp '$tmp/cells' '$tmp/bars' && cmp '$tmp/cells' '$tmp/other' && test \$(wc -l <'$tmp/cells') -eq 3"
linux 1000 1000
cells linux <"$tmp/md" >"$tmp/cells"
bars "$tmp/svg" >"$tmp/bars"
grep -o '": [0-9.]*[,}]' "$tmp/json" | tr -cd '0-9.\n' | grep -v '^4096$' >"$tmp/other"
sort "$tmp/cells" >"$tmp/sorted"
check "so they do of single operations" sh -c "cmp '$tmp/cells' '$tmp/bars' && sort '$tmp/other' | cmp - '$tmp/sorted'"

# In time: what docs/performance.md shows is what the command prints, rates and how many times.
{
	for rate in 30000 10000 20000; do echo "ours|none|read_4_KiB|$rate|1000000000|||"; done
	echo "ours|strict|read_4_KiB|19000|1000000000|||"
	echo "ours|strict|pairs_by_1_CPU|1200000|1000000000|||"
	echo "ours|strict|pairs_by_2_CPUs|1800000|1000000000|||"
} | awk -F'|' -v kind=timed -f bench/apart.awk -f bench/ends/table.awk >"$tmp/md"
check "in time: medians, and strict by none" grep -qF "| read 4 KiB |  |  |  |  | 20000 |  | 19000 | 0.95 |" "$tmp/md"
check "pairs by one CPU, and how many times by two" sh -c "grep -qF '| ours by one CPU |  |  | 1200000 |' '$tmp/md' &&
	grep -qF '| ours by two |  |  | 1800000: 1.50 times |' '$tmp/md'"
check "how many runs" grep -q '^3 runs of each' "$tmp/md"

refuses() { # WORDS SCRIPT OPTION...: status 2, and a line that has the words, before anything is done
	words=$1 script=$2
	shift 2
	env "$@" OUT="$tmp/nothing" B="$tmp/nothing" timeout 20 "$script" >"$tmp/log" 2>&1
	[ $? -eq 2 ] && grep -qF "$words" "$tmp/log" && [ ! -e "$tmp/nothing" ]
}
check "bench-linux: REPEAT=0" refuses "REPEAT=0: is not a number from 1" bench/linux/run REPEAT=0
check "bench-linux: SAMPLES that is no number" refuses "SAMPLES=1e3: is not a number" bench/linux/run SAMPLES=1e3
check "bench-ends: OPS=0" refuses "OPS=0: is not a number from 1" bench/ends/run OPS=0
check "bench-ends: a job that there is not" refuses "JOBS: cpu is not one of: disk net pairs" bench/ends/run JOBS="disk cpu"
check "bench-ends: a mode that there is not" refuses "MODES: lazy is not one of: none deferred strict" bench/ends/run MODES=lazy
check "bench-ends: nobody's figures" refuses "ONLY: bsd is not one of: linux ours" bench/ends/run ONLY=bsd
check "bench-ends: nothing to be measured" refuses "nothing is to be measured" bench/ends/run REPEAT=0
finish
