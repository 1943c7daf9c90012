#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Sourced by bench/run and bench/growth/run after tools/launch_options.sh: bare machines whose ticks are guest instructions, with a disk as
# the device that maps.

# shellcheck disable=SC2034 # they read it
riscv_pci="-machine iommu-sys=off -device riscv-iommu-pci,addr=0x10" # the RISC-V IOMMU as a PCI function
disk=$(mktemp "${TMPDIR:-/tmp}/dmastream.XXXXXX") || exit 1
trap 'rm -f "$disk"' EXIT
truncate -s 1M "$disk"

counted() { # MACHINE IOMMU "QEMU'S ARGUMENTS" OPTION...: what the program $app prints there
	counted_extra=$3
	machine=$1 iommu=$2
	shift 3
	"machine_$machine"
	count_instructions
	# shellcheck disable=SC2154 # the machine's row sets image, emulator, base and tcg
	[ -f "$image" ] || {
		echo "$app: $image has not been built" >&2
		return 1
	}
	# shellcheck disable=SC2086
	$emulator $base $tcg -smp "${SMP:-1}" -m "${MEMORY:-512}" -display none -serial stdio -monitor none -no-reboot \
		-drive "if=none,id=disk,format=raw,file=$disk" -device nvme,drive=disk,serial=bench $counted_extra \
		-kernel "$image" -append "IOMMU=$iommu $*" </dev/null
}
