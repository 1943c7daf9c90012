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
for refused in MACHINE=sim APP=net BOOT=efi; do
	check "TRACE with $refused is refused" sh -c "! env TRACE='$tmp/no' $refused tools/launch --check 2>'$tmp/said' && grep -q 'TRACE=' '$tmp/said'"
done
finish
