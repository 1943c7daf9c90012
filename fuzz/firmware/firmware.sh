#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Runs the fuzzers of the firmware tables for a while from QEMU's real tables (TAP). SECONDS_EACH=10.
# shellcheck source=tests/static/tap.sh
. "$(dirname "$0")/../../tests/static/tap.sh"
# shellcheck source=fuzz/fuzz.sh
. fuzz/fuzz.sh
qemu=${QEMU_X86_64:-qemu-system-x86_64}
mkdir -p "$tmp/dmar" "$tmp/ivrs" "$tmp/viot" "$tmp/acpi"

if have "$qemu"; then
	timeout 60 "$qemu" -machine q35,kernel-irqchip=split -accel tcg -cpu max -m 256M -nodefaults -display none -no-reboot \
		-device intel-iommu,intremap=on -device pcie-root-port,id=bridge0 -device edu,bus=bridge0 -serial "file:$tmp/console" \
		-device isa-debug-exit,iobase=0xf4,iosize=4 -kernel "$B/q35/tables.elf" >/dev/null 2>&1
	tr -d '\r' <"$tmp/console" | "$B/fuzz/pack" "$tmp" && [ -s "$tmp/dmar/q35" ] && [ -s "$tmp/acpi/q35-xsdt" ] &&
		ok "seeds: DMAR, MCFG and others of QEMU's firmware" || not_ok "seeds: no tables from QEMU"
else
	skip "seeds" "$qemu is not installed"
fi

parser() { # NAME TABLES
	fuzz "$1" "$2" "${SECONDS_EACH:-10}" -max_len=16384 "$tmp/$1"
}

parser dmar "DMAR"
"$B/tests/iommu-amdvi/ivrs" --table "$tmp/ivrs/whole"
parser ivrs "IVRS"
parser acpi "RSDP, XSDT, RSDT, MCFG"
"$B/tests/iommu-virtio/viot" --table "$tmp/viot/whole"
parser viot "VIOT"
finish
