#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# The copy in every cell of the table of docs/hardware.md ("Where the copy arrives"): machine, IOMMU, strict and deferred, 1 and 4 CPUs, by
# interrupt. What `make copy-cells` calls; ./check runs them in tests/bare/cpus.sh.
. "$(dirname "$0")/../static/tap.sh"
. tests/main-job/jobs.sh
B=${B:-build}

cell() { # MACHINE IOMMU OPTION...: strict and deferred, with 1 and 4 CPUs
	machine=$1 iommu=$2
	shift 2
	for mode in strict deferred; do
		[ "$iommu" != none ] || [ "$mode" = strict ] || continue
		for cpus in 1 4; do
			name="$machine, $iommu${1:+ ($*)}, $mode, $cpus CPUs"
			arrives "$name" "$file" MACHINE="$machine" IOMMU="$iommu" CPUS="$cpus" KERNEL_OPTIONS="invalidation=$mode ${extra-}" "$@"
			check "$name: by interrupt, on all of them" test "$(result cpus)" -eq "$cpus" -a "$(result interrupts)" -gt 0
		done
	done
}

file=$(random 1000001)
if have qemu-system-x86_64; then
	for iommu in none vtd amdvi virtio; do cell q35 $iommu; done
fi
if have qemu-system-aarch64; then
	for iommu in none virtio; do cell arm64 $iommu; done
	for stage in 1 2; do
		extra=stage=$stage
		cell arm64 smmuv3 # stage $stage
	done
	extra=
fi
if have qemu-system-riscv64; then
	for iommu in none riscv virtio; do cell riscv64 $iommu; done
	cell riscv64 riscv QEMU_OPTIONS="-machine iommu-sys=off -device riscv-iommu-pci,addr=0x10"
fi
if have qemu-system-loongarch64 && [ -f "$B/loongarch64/copy.elf" ]; then
	for iommu in none virtio; do cell loongarch64 $iommu; done
fi
finish
