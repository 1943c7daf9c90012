#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# The copy job on the hostile machine: a file of 64 KiB, every kind of machine, many seeds. SEEDS (20) of each; `make seeds` runs 1000.
# shellcheck source=tests/static/tap.sh
. "$(dirname "$0")/../static/tap.sh"
program=${B:-build}/simfast/copy
seeds=${SEEDS:-20}
size=65536

[ -x "$program" ] || {
	skip "the copy job under $seeds seeds" "$program is not built"
	finish
}
head -c $size /dev/urandom >"$tmp/source"

# One machine under all seeds; what it says is printed where it fails.
machine() { # WORDS
	began=$(date +%s)
	seed=1
	while [ "$seed" -le "$seeds" ]; do
		head -c $size /dev/zero >"$tmp/target"
		"$program" disk0="$tmp/source" disk1="$tmp/target" bytes=$size chunk=16384 slots=3 progress=off sim="$1,seed=$seed" \
			>"$tmp/out" 2>&1
		status=$?
		if [ $status -ne 0 ] || ! cmp "$tmp/source" "$tmp/target" >>"$tmp/out" 2>&1; then
			echo "status $status; replay: sim=$1,seed=$seed" >>"$tmp/out"
			not_ok "copy on $1" "$tmp/out"
			return
		fi
		seed=$((seed + 1))
	done
	ok "copy on $1: $seeds seeds, $(($(date +%s) - began)) s"
}

for sync in "" ,nosync ,nosync,nouncached; do
	for kind in coherent noncoherent; do
		[ "$kind$sync" != noncoherent,nosync,nouncached ] || continue # no coherent memory can be had there
		for cvm in "" ,cvm; do
			for line in 32 128; do
				machine "$kind$sync$cvm,line=$line"
			done
		done
	done
done
machine coherent,untrusted,mask=32
machine noncoherent,mask=32,window=0x40000000
machine coherent,offset
machine noncoherent,cvm,nohigh
finish
