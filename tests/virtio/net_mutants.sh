#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Puts mistakes of net_mutants.txt into the network job, and sees the run on the simulated machine fail (TAP): one of three, EVERY=1 for all.
. "$(dirname "$0")/../static/tap.sh"
B=${B:-build}
folder=$B/simfast/net_mutants
if [ ! -e "$B/lwip/ready" ]; then
	skip "mistakes in the network job" "lwIP's source is not in $B/lwip (tools/install lwip fetches it)"
	finish
fi

runs() { # PROGRAM "SIM [WIRE]": its words are in $tmp/out
	wire=${2#* }
	[ "$wire" != "$2" ] || wire=
	timeout -k 5 40 env APP=net MACHINE=sim SECONDS=1 "SIM=${2%% *}" "WIRE=$wire" IMAGE="$1" RESULTS="$tmp/run" TMPDIR="$tmp" tools/launch >"$tmp/out" 2>&1 </dev/null
}

links() { # SOURCE: with the spoiled text instead
	# shellcheck disable=SC2046,SC2086 # words
	gcc -std=c11 -w -iquote "$(dirname "$1")" $(cat "$folder/flags") -c "$tmp/mutant.c" -o "$tmp/mutant.o" &&
		gcc "$tmp/mutant.o" $(tr ' ' '\n' <"$folder/common" | grep -v "/${1%.c}\.o$") -lpthread -o "$tmp/net"
}

tab=$(printf '\t')
for words in coherent,offset,lateregs,seed=5 noncoherent,line=128,offset,seed=3; do
	if runs "$B/simfast/net" "$words"; then ok "without a mistake, $words"; else not_ok "without a mistake, $words" "$tmp/out"; fi
done
grep -v '^#' tests/virtio/net_mutants.txt | awk -v every="${EVERY:-3}" '(NR - 1) % every == 0' >"$tmp/list"
while IFS=$tab read -r source words expression what; do
	sed "$expression" "$source" >"$tmp/mutant.c"
	if cmp -s "$source" "$tmp/mutant.c"; then
		not_ok "$what: $source no longer has what the mistake is put into"
	elif ! links "$source" >"$tmp/out" 2>&1; then
		not_ok "$what: it does not compile" "$tmp/out"
	elif runs "$tmp/net" "$words"; then
		not_ok "$what: nothing was noticed" "$tmp/out"
	else
		ok "$what"
		[ -z "${SHOW-}" ] || sed 's/^/# /' "$tmp/out" | tail -n 6
	fi
done <"$tmp/list"
finish
