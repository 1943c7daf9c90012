#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# A copy between disks behind a bridge from PCI Express to PCI: behind an IOMMU both have one requester, the bridge's, and so one domain.
. "$(dirname "$0")/../static/tap.sh"
. tests/main-job/jobs.sh

file=$(random 5000001)
if have qemu-system-x86_64; then
	arrives "q35, disks behind a bridge, no IOMMU" "$file" MACHINE=q35 IOMMU=none BRIDGE=1
	arrives "q35, disks behind a bridge, behind VT-d" "$file" MACHINE=q35 IOMMU=vtd BRIDGE=1
	check "behind VT-d by interrupt" test "$(result interrupts)" -gt 0
	arrives "q35, disks behind a bridge, behind VT-d, deferred" "$file" MACHINE=q35 IOMMU=vtd BRIDGE=1 KERNEL_OPTIONS=invalidation=deferred
	arrives "q35, disks behind a bridge, behind VT-d, polled" "$file" MACHINE=q35 IOMMU=vtd BRIDGE=1 INTERRUPTS=off
else
	skip "q35" "no qemu-system-x86_64"
fi
if have qemu-system-aarch64; then
	arrives "arm64, disks behind a bridge, no IOMMU" "$file" MACHINE=arm64 IOMMU=none BRIDGE=1
	for stage in 1 2; do
		arrives "arm64, disks behind a bridge, behind SMMUv3, stage $stage" "$file" MACHINE=arm64 IOMMU=smmuv3 BRIDGE=1 KERNEL_OPTIONS="stage=$stage"
		check "behind stage $stage by interrupt" test "$(result interrupts)" -gt 0
	done
else
	skip "arm64" "no qemu-system-aarch64"
fi
if have qemu-system-riscv64; then
	arrives "riscv64, disks behind a bridge, no IOMMU" "$file" MACHINE=riscv64 IOMMU=none BRIDGE=1
else
	skip "riscv64" "no qemu-system-riscv64"
fi
finish
