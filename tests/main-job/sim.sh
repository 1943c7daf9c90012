#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# The main job on the simulated machine, with the sanitizers: every size, every kind of machine under the adversary, every failure.
. "$(dirname "$0")/../static/tap.sh"
. tests/main-job/jobs.sh
export MACHINE=sim IMAGE="${B:-build}/sim/copy"

for size in 0 1 511 512 513 4095 4097 65537; do
	arrives "$size bytes" "$(random "$size")"
done
arrives "3 MB" "$(random 3000001)"

# The command itself, from another folder, with names relative to it.
top=$PWD
(cd "$tmp" && unset IMAGE MAKEFLAGS MAKELEVEL && "$top/run" random513 OUT=copied MACHINE=sim RESULTS="$tmp/run") >"$tmp/out" 2>&1
check "./run from another folder, with relative names" sh -c "cat $tmp/out; cmp $tmp/random513 $tmp/copied"

# All kinds of machine, a few seeds each: the simulator reports what a sync too few, a wrong direction or a stale byte does.
seeds=${SEEDS:-3}
for kind in coherent noncoherent noncoherent,nosync coherent,cvm noncoherent,cvm noncoherent,nosync,cvm; do
	for line in 32 64 128; do
		wrong=
		seed=1
		while [ "$seed" -le "$seeds" ]; do
			job FILE="$tmp/random65537" SIM="$kind,line=$line,seed=$seed" SLOTS=4 CHUNK=8192
			verified "$?" "$tmp/random65537" >"$tmp/why" 2>&1 || wrong="$wrong $seed"
			[ -z "$wrong" ] || break
			seed=$((seed + 1))
		done
		if [ -z "$wrong" ]; then
			ok "$kind,line=$line: $seeds seeds"
		else
			cat "$tmp/out" >>"$tmp/why"
			not_ok "$kind,line=$line,seed=$wrong" "$tmp/why"
		fi
	done
done
arrives "untrusted disks" "$tmp/random65537" SIM=untrusted,cvm,seed=1
arrives "disks that reach 4 GiB only" "$tmp/random65537" SIM=mask=32,seed=1
arrives "memory without a linear mapping" "$tmp/random65537" SIM=nohigh,seed=1

half=$(random 1000000)
fails "a read error half way" "^error: simdisk0: read of .*medium error" FILE="$half" SOURCE_ERROR_AT=500000
fails "a write error half way" "^error: simdisk1: write of .*medium error" FILE="$half" TARGET_ERROR_AT=500000
fails "a source that never answers" "^error: simdisk0: read of .* no answer in time" FILE="$half" SOURCE_STALLS=1 TIMEOUT_MS=500
fails "a destination that never answers" "^error: simdisk1: write of .* no answer in time" FILE="$half" TARGET_STALLS=1 TIMEOUT_MS=500
fails "a source that lies" "^error: simdisk0: a completion has a command identifier" FILE="$half" KERNEL_OPTIONS=disk0.lies=1
fails "a destination that is too small" "(disk 1, the destination) is too small" FILE="$half" TARGET_SIZE=1024
fails "a destination that is read-only" "^error: simdisk1: write of .*read-only" FILE="$half" TARGET_READ_ONLY=1
fails "no disk" "^error: disk 0: there is no such disk" FILE="$half" DISKS=0
fails "no second disk" "^error: disk 1: there is no such disk" FILE="$half" DISKS=1

finish
