#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# A bare machine that keeps the ledger of streams: a copy without a mistake is told of none, and its trace comes out of the serial port, is of
# the format, and has a track for each buffer.
. "$(dirname "$0")/../static/tap.sh"
have qemu-system-x86_64 || { skip "the ledger of a bare machine" "no qemu-system-x86_64"; finish; }
# It ends within a block, which is filled up and synced.
dd if=/dev/urandom of="$tmp/file" bs=1000 count=300 2>/dev/null

for iommu in none vtd; do
	check "IOMMU=$iommu: the copy is right" env TRACE="$tmp/trace.json" FILE="$tmp/file" RESULTS="$tmp/run" IOMMU=$iommu ACCEL=tcg CHUNK=16384 \
		INTERRUPTS=off tools/launch
	check "the ledger says nothing" sh -c "! grep 'ledger:' '$tmp/run/console.log'"
	check "the trace is of the format" tests/corpus/trace.py "$tmp/trace.json"
	for what in '"name": "to device"' '"name": "from device"' '"name": "coherent memory"' '"sync to the device"' '"sync from the device"'; do
		check "it shows $what" grep -q "$what" "$tmp/trace.json"
	done
	tracks=$(grep -c '"thread_name".*"buffer [0-9]*"' "$tmp/trace.json")
	lives=$(grep -c '"cat": "mapping"' "$tmp/trace.json")
	check "each of $lives lives has a track of its own" test "$tracks" -eq "$lives"
	check "there are as many as pieces, twice, and more" test "$lives" -ge 38
done
# ./run takes the option, too; and each machine whose QEMU is here writes one: arm64, and with the argument `all` the others.
check "./run TRACE=path: the copy is right" ./run "TRACE=$tmp/from_run.json" INSTALL=no "RESULTS=$tmp/run" IOMMU=none ACCEL=tcg "$tmp/file"
check "the trace is of the format" tests/corpus/trace.py "$tmp/from_run.json"
machines=arm64
[ "${1-}" != all ] || machines="arm64 riscv64 loongarch64"
for machine in $machines; do
	program=qemu-system-$(echo "$machine" | sed 's/^arm64$/aarch64/')
	have "$program" || { skip "the trace of $machine" "no $program"; continue; }
	check "$machine: its image is built" make -s "$(MACHINE=$machine TRACE=- tools/launch --image)"
	check "$machine: the copy is right" env TRACE="$tmp/$machine.json" FILE="$tmp/file" RESULTS="$tmp/run" MACHINE="$machine" ACCEL=tcg CHUNK=16384 tools/launch
	check "$machine: the trace is of the format" tests/corpus/trace.py "$tmp/$machine.json"
	check "$machine: a track for each buffer" test "$(grep -c '"thread_name".*"buffer [0-9]*"' "$tmp/$machine.json")" -ge 38
	check "$machine: the ledger says nothing" sh -c "! grep 'ledger:' '$tmp/run/console.log'"
done
for refused in MACHINE=sim APP=net BOOT=efi; do
	check "TRACE with $refused is refused" sh -c "! env TRACE='$tmp/no' $refused tools/launch --check 2>'$tmp/said' && grep -q 'TRACE=' '$tmp/said'"
done
finish
