#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Runs the fuzzers of the firmware tables for a while from QEMU's real tables (TAP). SECONDS_EACH=10.
set -u
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
qemu=${QEMU_X86_64:-qemu-system-x86_64}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$tmp/dmar" "$tmp/ivrs" "$tmp/viot" "$tmp/acpi"
echo 1..5

if command -v "$qemu" >/dev/null 2>&1; then
	timeout 60 "$qemu" -machine q35,kernel-irqchip=split -accel tcg -cpu max -m 256M -nodefaults -display none -no-reboot \
		-device intel-iommu,intremap=on -device pcie-root-port,id=bridge0 -device edu,bus=bridge0 -serial "file:$tmp/console" \
		-device isa-debug-exit,iobase=0xf4,iosize=4 -kernel "$B/q35/tables.elf" >/dev/null 2>&1
	tr -d '\r' <"$tmp/console" | "$B/fuzz/pack" "$tmp" && [ -s "$tmp/dmar/q35" ] && [ -s "$tmp/acpi/q35-xsdt" ] &&
		echo "ok 1 - seeds: DMAR, MCFG and others of QEMU's firmware" || echo "not ok 1 - seeds: no tables from QEMU"
else
	echo "ok 1 - seeds # SKIP $qemu is not installed"
fi

fuzz() { # NUMBER NAME SENTENCE
	if "$B/fuzz/$2" -max_total_time="${SECONDS_EACH:-10}" -timeout=40 -max_len=16384 -print_final_stats=1 \
		-artifact_prefix="$tmp/" "$tmp/$2" >"$tmp/log" 2>&1; then
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$tmp/log")
		reached=$(sed -n 's/.* cov: \([0-9]*\).*/\1/p' "$tmp/log" | tail -n 1)
		echo "ok $1 - $3: no crash, hang or wild read in $runs runs, $reached edges reached"
	else
		echo "not ok $1 - $3"
		grep -v '^stat' "$tmp/log" | tail -n 30 | sed 's/^/# /'
	fi
}

fuzz 2 dmar "DMAR"
"$B/tests/iommu-amdvi/ivrs" --table "$tmp/ivrs/whole"
fuzz 3 ivrs "IVRS"
fuzz 4 acpi "RSDP, XSDT, RSDT, MCFG"
"$B/tests/iommu-virtio/viot" --table "$tmp/viot/whole"
fuzz 5 viot "VIOT"
