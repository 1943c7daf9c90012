#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# The main job on a PC whose firmware left tables that are malformed, or none: one clear line that names the table, another status
# than 0, and no copy without the protection that was asked for.
. "$(dirname "$0")/../static/tap.sh"
. tests/main-job/jobs.sh

if ! have qemu-system-x86_64 python3; then
	echo "1..0 # SKIP no qemu-system-x86_64, or no python3"
	exit 0
fi
export MACHINE=q35 MACHINE_OPTIONS=,acpi=off # QEMU's own tables; its firmware takes ours instead
file=$(random 70000)
firmware() { # WRONG
	mkdir -p "$tmp/tables"
	tests/main-job/acpi_tables.py "$tmp/tables" "$1" || exit 1
	QEMU_OPTIONS="-fw_cfg name=etc/table-loader,file=$tmp/tables/loader -fw_cfg name=etc/acpi/rsdp,file=$tmp/tables/rsdp"
	export QEMU_OPTIONS="$QEMU_OPTIONS -fw_cfg name=etc/acpi/tables,file=$tmp/tables/tables"
}

firmware none
arrives "tables as they should be" "$file" IOMMU=none
arrives "tables as they should be, with VT-d" "$file" IOMMU=vtd
while read -r wrong iommu text; do
	firmware "$wrong"
	fails "$wrong, IOMMU=$iommu" "$text" FILE="$file" IOMMU="$iommu"
done <<'END'
xsdt_checksum none ^acpi: XSDT at 0x[0-9a-f]*: the checksum is wrong$
xsdt_checksum vtd ^acpi: XSDT at 0x[0-9a-f]*: the checksum is wrong$
xsdt_length none ^acpi: XSDT: length 41 is no whole number of entries$
xsdt_signature none ^acpi: XSDT at 0x[0-9a-f]*: another signature is there$
xsdt_nowhere none ^acpi: XSDT: entry [01], 0x7000000000000000, points outside of memory$
mcfg_missing none ^pci: no MCFG table, so no configuration space$
mcfg_missing vtd ^pci: no MCFG table, so no configuration space$
mcfg_checksum none ^acpi: MCFG at 0x[0-9a-f]*: the checksum is wrong$
mcfg_length none ^acpi: MCFG: length 50 is no whole number of rows$
mcfg_base none ^acpi: MCFG: row 0: base 0x100000 lies in RAM$
mcfg_crooked none ^acpi: MCFG: row 0: base 0xb0001000 makes no sense$
mcfg_buses none ^acpi: MCFG: row 0: buses 9 to 3$
dmar_missing vtd ^iommu: no VT-d to protect memory with: no such device
dmar_checksum vtd ^acpi: DMAR at 0x[0-9a-f]*: the checksum is wrong$
dmar_endless vtd ^vtd: DMAR: structure at offset 48: length 0x0: where the next one begins is unknown; the rest of the table is left out$
dmar_empty vtd ^vtd: DMAR: the table is refused: it names no unit that can be driven
dmar_in_ram vtd ^vtd: unit at 0x200000: its registers lie in memory$
END
firmware dmar_endless
arrives "a table that nobody asks for may be wrong" "$file" IOMMU=none
finish
