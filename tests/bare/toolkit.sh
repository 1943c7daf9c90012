#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Memory from scattered frames and registers of other devices on the bare machines (tests/bare/toolkit.c), behind QEMU's IOMMUs, strict and
# deferred, and without one. The disk's second half, which was written out of scattered memory, is compared here.
. "$(dirname "$0")/../static/tap.sh"
B=${B:-build}

seq -f %07.0f 0 1048575 >"$tmp/lines"
boots() { # NAME OPTIONS EMULATOR STATUS ARGUMENT...
	name=$1 options=$2 emulator=$3 good=$4
	shift 4
	if ! have "$emulator"; then
		skip "$name" "no $emulator"
		return
	fi
	if ! "$emulator" -device help 2>/dev/null | grep -q ivshmem-plain; then
		skip "$name" "$emulator has no ivshmem"
		return
	fi
	rm -f "$tmp/console"
	cp "$tmp/lines" "$tmp/disk" && truncate -s 16M "$tmp/disk"
	timeout -k 5 200 "$emulator" "$@" -accel tcg -cpu max -m 256M -nodefaults -display none -no-reboot -serial "file:$tmp/console" \
		-drive "if=none,id=d,format=raw,file=$tmp/disk" -device nvme,drive=d,serial=1 -device edu,dma_mask=0xffffffffffffffff \
		-object memory-backend-ram,id=shared,share=on,size=1M -device ivshmem-plain,memdev=shared \
		-append "timeout_ms=20000 $options" >"$tmp/log" 2>&1 </dev/null
	status=$?
	tr -d '\r' <"$tmp/console" >>"$tmp/log"
	if [ "$status" -ne "$good" ] || [ "$(grep -c '^ok ' "$tmp/log")" -ne "$(sed -n 's/^1\.\.//p' "$tmp/log" | tail -n 1)" ]; then
		not_ok "$name: status $status" "$tmp/log"
	elif ! grep -q '^ok .*the disk writes it out' "$tmp/log"; then
		ok "$name: all $(sed -n 's/^1\.\.//p' "$tmp/log" | tail -n 1), without scattered memory"
	elif dd if="$tmp/disk" bs=1M skip=8 2>/dev/null | cmp -s - "$tmp/lines"; then
		ok "$name: all $(sed -n 's/^1\.\.//p' "$tmp/log" | tail -n 1), and the disk has what the memory had"
	else
		not_ok "$name: the disk's second half differs" "$tmp/log"
	fi
}

q35() { # NAME OPTIONS ARGUMENT...
	q35_name=$1 q35_options=$2
	shift 2
	boots "q35, $q35_name" "$q35_options" qemu-system-x86_64 33 -kernel "$B/q35/toolkit.elf" \
		-device isa-debug-exit,iobase=0xf4,iosize=4 "$@"
}

arm64() { # NAME OPTIONS MACHINE
	boots "arm64, $1" "$2" qemu-system-aarch64 0 -machine "virt,gic-version=3$3" -global arm-smmuv3.stage=2 \
		-kernel "$B/arm64/toolkit.img" -semihosting-config enable=on,target=native
}

riscv64() { # NAME OPTIONS MACHINE
	boots "riscv64, $1" "$2" qemu-system-riscv64 0 -machine "virt,aia=aplic-imsic$3" -kernel "$B/riscv64/toolkit.img"
}

vtd="-machine q35,kernel-irqchip=split -device intel-iommu,intremap=on"
# shellcheck disable=SC2086 # words
{
	q35 "VT-d, strict" "IOMMU=vtd peers=yes" $vtd
	q35 "VT-d, deferred" "IOMMU=vtd peers=yes invalidation=deferred" $vtd
	q35 "VT-d, nobody knows of peers" "IOMMU=vtd" $vtd
}
q35 "no IOMMU" "IOMMU=none peers=yes" -machine q35
arm64 "SMMUv3, strict" "IOMMU=smmuv3 peers=yes" ,iommu=smmuv3
arm64 "SMMUv3, deferred" "IOMMU=smmuv3 peers=yes invalidation=deferred" ,iommu=smmuv3
riscv64 "its IOMMU, strict" "IOMMU=riscv peers=yes" ,iommu-sys=on
finish
