#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# The main job on a PC whose firmware left tables that are malformed, or none: a clear line for each thing that is left out, and
# where nothing is left, another status than 0 and no copy without the protection that was asked for.
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
while read -r wrong iommu LINES_SAID text; do
	firmware "$wrong"
	fails "$wrong, IOMMU=$iommu" "$text" FILE="$file" IOMMU="$iommu"
done <<'END'
xsdt_signature none 1 ^acpi: XSDT at 0x[0-9a-f]*: another signature is there$
xsdt_length none 2 ^acpi: XSDT: length 41 is no whole number of entries; the rest is left out$
xsdt_nowhere none 3 ^acpi: XSDT: entry [01], 0x7000000000000000, points outside of memory
mcfg_missing none 1 ^pci: no MCFG table, so no configuration space$
mcfg_missing vtd 1 ^pci: no MCFG table, so no configuration space$
mcfg_length none 1 ^acpi: MCFG: length 50 is no whole number of rows; the rest is left out$
mcfg_base none 1 ^acpi: MCFG: row 0, base 0x100000, buses 0 to 255: its base lies in RAM; it is left out$
mcfg_crooked none 1 ^acpi: MCFG: row 0, base 0xb0001000, buses 0 to 255: its base makes no sense; it is left out$
mcfg_buses none 1 ^acpi: MCFG: row 0, base 0xb0000000, buses 9 to 3: its last bus is below its first; it is left out$
dmar_missing vtd 1 ^iommu: no VT-d to protect memory with: no such device
dmar_endless vtd 2 ^vtd: DMAR: structure at offset 48: length 0x0: where the next one begins is unknown; the rest of the table is left out$
dmar_empty vtd 1 ^vtd: DMAR: the table is refused: it names no unit that can be driven
dmar_in_ram vtd 2 ^vtd: unit at 0x200000: its registers lie in memory$
END
for wrong in xsdt_checksum mcfg_checksum dmar_checksum; do
	firmware "$wrong"
	arrives "$wrong is no reason to do without VT-d" "$file" IOMMU=vtd
done
firmware dmar_endless
arrives "a table that nobody asks for may be wrong" "$file" IOMMU=none
finish
