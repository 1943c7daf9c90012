# SPDX-License-Identifier: MPL-2.0
# The copy with interrupts on every bare machine, behind each of its IOMMUs, with a number of CPUs: cpus.sh and one_cpu.sh have it after
# tests/static/tap.sh.
# shellcheck shell=sh disable=SC2154
. tests/main-job/jobs.sh
B=${B:-build}
file=$(random 6000001)

copies() { # NAME CPUS OPTION...: byte for byte, on that many CPUs, and the disks interrupted
	name=$1 cpus=$2
	shift 2
	arrives "$name, $cpus CPUs" "$file" CPUS="$cpus" "$@"
	check "$name: $cpus CPUs, and requests finished in interrupt handlers" test "$(result cpus)" -eq "$cpus" -a "$(result interrupts)" -gt 0
}

q35_copies() { # CPUS
	copies "q35 without an IOMMU" "$1" MACHINE=q35 IOMMU=none
	copies "q35 behind VT-d" "$1" MACHINE=q35 IOMMU=vtd
	copies "q35 behind VT-d, x2APICs" "$1" MACHINE=q35 IOMMU=vtd KERNEL_OPTIONS=x2apic=yes QEMU_OPTIONS="-global intel-iommu.eim=on"
	copies "q35 behind AMD-Vi" "$1" MACHINE=q35 IOMMU=amdvi
	copies "q35 behind AMD-Vi, deferred" "$1" MACHINE=q35 IOMMU=amdvi KERNEL_OPTIONS=invalidation=deferred
	copies "q35 behind virtio-iommu" "$1" MACHINE=q35 IOMMU=virtio
	copies "q35 behind virtio-iommu, deferred" "$1" MACHINE=q35 IOMMU=virtio KERNEL_OPTIONS=invalidation=deferred
	copies "q35 behind VT-d, deferred" "$1" MACHINE=q35 IOMMU=vtd KERNEL_OPTIONS=invalidation=deferred
}

arm64_copies() { # CPUS
	copies "arm64 without an IOMMU" "$1" MACHINE=arm64 IOMMU=none
	copies "arm64 behind virtio-iommu" "$1" MACHINE=arm64 IOMMU=virtio
	copies "arm64 behind virtio-iommu, deferred" "$1" MACHINE=arm64 IOMMU=virtio KERNEL_OPTIONS=invalidation=deferred
	for stage in 1 2; do
		copies "arm64 behind SMMUv3, stage $stage" "$1" MACHINE=arm64 IOMMU=smmuv3 KERNEL_OPTIONS="stage=$stage"
		copies "arm64 behind SMMUv3, stage $stage, deferred" "$1" MACHINE=arm64 IOMMU=smmuv3 \
			KERNEL_OPTIONS="stage=$stage invalidation=deferred"
	done
}

riscv64_copies() { # CPUS
	copies "riscv64 without an IOMMU" "$1" MACHINE=riscv64 IOMMU=none
	copies "riscv64 behind its IOMMU" "$1" MACHINE=riscv64 IOMMU=riscv
	copies "riscv64 behind its IOMMU, deferred" "$1" MACHINE=riscv64 IOMMU=riscv KERNEL_OPTIONS=invalidation=deferred
	copies "riscv64 behind virtio-iommu" "$1" MACHINE=riscv64 IOMMU=virtio
	copies "riscv64 behind virtio-iommu, deferred" "$1" MACHINE=riscv64 IOMMU=virtio KERNEL_OPTIONS=invalidation=deferred
	copies "riscv64 behind a PCI function" "$1" MACHINE=riscv64 IOMMU=riscv \
		QEMU_OPTIONS="-machine iommu-sys=off -device riscv-iommu-pci,addr=0x10"
	copies "riscv64 behind a PCI function, deferred" "$1" MACHINE=riscv64 IOMMU=riscv KERNEL_OPTIONS=invalidation=deferred \
		QEMU_OPTIONS="-machine iommu-sys=off -device riscv-iommu-pci,addr=0x10"
}

loongarch64_copies() { # CPUS
	copies "loongarch64 without an IOMMU" "$1" MACHINE=loongarch64 IOMMU=none
	copies "loongarch64 behind virtio-iommu" "$1" MACHINE=loongarch64 IOMMU=virtio
	copies "loongarch64 behind virtio-iommu, deferred" "$1" MACHINE=loongarch64 IOMMU=virtio KERNEL_OPTIONS=invalidation=deferred
}
