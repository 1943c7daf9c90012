#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# The main job between NVMe and virtio disks, both ways, with both layouts of queues, behind every kind of IOMMU.
. "$(dirname "$0")/../static/tap.sh"
. tests/main-job/jobs.sh

sample=$(random 3000001)
one=$(random 1)
unshared="^error: disk 0: it knows no shared memory of this confidential VM (VIRTIO_F_ACCESS_PLATFORM is not offered)"
both_ways() { # NAME OPTION...
	kind=$1
	shift
	arrives "$kind: NVMe to virtio-blk" "$sample" SOURCE=nvme TARGET=virtio-blk "$@"
	arrives "$kind: virtio-blk to NVMe" "$sample" SOURCE=virtio-blk TARGET=nvme "$@"
}

if have qemu-system-x86_64; then
	export MACHINE=q35
	both_ways "q35, VT-d" IOMMU=vtd
	check "requests are finished in interrupt handlers" test "$(result interrupts)" -gt 0
	both_ways "q35, VT-d, packed" IOMMU=vtd VIRTIO=packed
	both_ways "q35, no IOMMU" IOMMU=none
	both_ways "q35, AMD-Vi, 4 CPUs, packed" IOMMU=amdvi CPUS=4 VIRTIO=packed
	both_ways "q35, virtio-iommu, 2 CPUs, deferred" IOMMU=virtio CPUS=2 KERNEL_OPTIONS=invalidation=deferred
	both_ways "q35, polled" INTERRUPTS=off
	both_ways "q35, polled, packed" INTERRUPTS=off VIRTIO=packed
	for layout in split packed; do
		arrives "q35, $layout without indirect tables and event indices" "$sample" SOURCE=virtio-blk TARGET=virtio-blk VIRTIO=$layout \
			QEMU_OPTIONS="-global virtio-blk-pci.indirect_desc=off -global virtio-blk-pci.event_idx=off"
	done
	arrives "q35, queues of 32 entries" "$sample" SOURCE=virtio-blk TARGET=virtio-blk QEMU_OPTIONS="-global virtio-blk-pci.queue-size=32"
	arrives "q35, both behind a bridge" "$sample" SOURCE=virtio-blk TARGET=virtio-blk BRIDGE=1
	arrives "q35, transitional devices" "$sample" SOURCE=virtio-blk TARGET=virtio-blk QEMU_OPTIONS="-global virtio-blk-pci.disable-legacy=off" \
		VIRTIO=split
	arrives "q35, one byte" "$one" SOURCE=virtio-blk TARGET=virtio-blk VIRTIO=packed
	arrives "q35, devices that bypass an IOMMU that is not there" "$sample" SOURCE=virtio-blk TARGET=virtio-blk IOMMU=none VIRTIO=noplatform
	fails "q35, a device that bypasses its IOMMU is refused" "^error: disk 0: it bypasses .*ACCESS_PLATFORM" FILE="$sample" SOURCE=virtio-blk \
		VIRTIO=noplatform
	LINES_SAID=3 # two of the other side
	for guest in tdx snp; do
		fails "q35, CVM=$guest: a device that knows no shared memory is refused" "$unshared" FILE="$sample" SOURCE=virtio-blk IOMMU=none \
			CVM=$guest VIRTIO=noplatform
	done
	LINES_SAID=1
	fails "a read error" "^error: virtio-blk0: read of .* failed: the device could not do it" FILE="$sample" SOURCE=virtio-blk SOURCE_ERROR_AT=500000
	fails "a write error" "^error: virtio-blk0: write of .* failed: the device could not do it" FILE="$sample" TARGET=virtio-blk \
		TARGET_ERROR_AT=500000
	fails "a disk that never answers" "^error: virtio-blk0: read of .* no answer in time" FILE="$sample" SOURCE=virtio-blk SOURCE_STALLS=1 \
		TIMEOUT_MS=700
	fails "a disk that is read-only" "^error: disk 1, the destination, is read-only" FILE="$sample" TARGET=virtio-blk TARGET_READ_ONLY=1
	fails "a disk that is too small" "(disk 1, the destination) is too small" FILE="$sample" TARGET=virtio-blk TARGET_SIZE=1024
else
	skip "q35" "no qemu-system-x86_64"
fi
if have qemu-system-aarch64; then
	export MACHINE=arm64
	both_ways "arm64, no IOMMU" IOMMU=none
	both_ways "arm64, SMMUv3, packed, 2 CPUs" IOMMU=smmuv3 VIRTIO=packed CPUS=2
	both_ways "arm64, virtio-iommu" IOMMU=virtio
	LINES_SAID=3
	fails "arm64, CVM=cca: a device that knows no shared memory is refused" "$unshared" FILE="$sample" SOURCE=virtio-blk IOMMU=none CVM=cca \
		VIRTIO=noplatform
	LINES_SAID=1
else
	skip "arm64" "no qemu-system-aarch64"
fi
if have qemu-system-riscv64; then
	export MACHINE=riscv64
	both_ways "riscv64, no IOMMU" IOMMU=none
	both_ways "riscv64, its IOMMU, packed" IOMMU=riscv VIRTIO=packed
else
	skip "riscv64" "no qemu-system-riscv64"
fi
export MACHINE=sim
fails "the simulated machine has disks of its own" "^run: SOURCE=nvme: the simulated machine has disks of its own kind, and virtio-blk" SOURCE=nvme
MACHINE=q35
fails "a kind of disk that there is not" "^run: TARGET=floppy: is not nvme or virtio-blk" TARGET=floppy
fails "a virtio device that there is not" "^run: VIRTIO=round: round is not packed, split or noplatform" VIRTIO=round
finish
