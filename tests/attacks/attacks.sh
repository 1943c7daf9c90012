#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Boots the attacking device behind each IOMMU in each mode, and makes the table of what it reached: TAP, a test for each cell, and for
# each column of the table in docs/security.md; with TABLE=1 the table, with TABLE=page the rows of that page's (judge.sh).
set -u
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# Columns: a name, and how its machine is started.
columns="vtd-strict vtd-deferred amdvi-strict amdvi-deferred virtio-strict virtio-deferred smmuv3s1-strict smmuv3s1-deferred"
columns="$columns smmuv3s2-strict smmuv3s2-deferred riscv-strict riscv-deferred"
columns="$columns virtio.riscv64-strict virtio.riscv64-deferred virtio.arm64-strict virtio.arm64-deferred"
columns="$columns virtio.loongarch64-strict virtio.loongarch64-deferred"
modes_of_vtd="invalidation"

start() { # COLUMN
	mode=${1#*-}
	case $1 in
	vtd-* | amdvi-* | virtio-*)
		qemu=${QEMU_X86_64:-qemu-system-x86_64}
		command -v "$qemu" >/dev/null 2>&1 || return 77
		case $1 in
		vtd-*) unit=intel-iommu,intremap=on chip=,kernel-irqchip=split ;;
		amdvi-*) unit=amd-iommu,pt=off,intremap=on chip=,kernel-irqchip=split ;;
		*) unit=virtio-iommu-pci chip= ;;
		esac
		timeout -k 5 300 "$qemu" -machine "q35$chip" -accel tcg -cpu max -m 256M -nodefaults -display none \
			-no-reboot -device "$unit" -device edu,dma_mask=0xffffffffffffffff \
			-device edu,dma_mask=0xffffffffffffffff -serial "file:$tmp/$1.console" \
			-device isa-debug-exit,iobase=0xf4,iosize=4 -kernel "$B/q35/attacks.elf" \
			-append "IOMMU=${1%%-*} $modes_of_vtd=$mode" >"$tmp/$1.log" 2>&1
		[ $? -eq 33 ]
		;;
	smmuv3s[12]-*)
		qemu=${QEMU_AARCH64:-qemu-system-aarch64}
		command -v "$qemu" >/dev/null 2>&1 || return 77
		stage=${1#smmuv3s}
		timeout -k 5 300 "$qemu" -machine virt,iommu=smmuv3 -accel tcg -cpu max -m 256M -nodefaults -display none -no-reboot \
			-device edu,dma_mask=0xffffffffffffffff -device edu,dma_mask=0xffffffffffffffff \
			-serial "file:$tmp/$1.console" -semihosting-config enable=on,target=native -kernel "$B/arm64/attacks.img" \
			-append "IOMMU=smmuv3 stage=${stage%%-*} invalidation=$mode" >"$tmp/$1.log" 2>&1
		;;
	riscv-*)
		command -v qemu-system-riscv64 >/dev/null 2>&1 || return 77
		timeout -k 5 300 qemu-system-riscv64 -machine virt,aia=aplic-imsic,iommu-sys=on -accel tcg -cpu max -m 256M -nodefaults \
			-display none -no-reboot -device edu,dma_mask=0xffffffffffffffff -device edu,dma_mask=0xffffffffffffffff \
			-serial "file:$tmp/$1.console" -kernel "$B/riscv64/attacks.img" \
			-append "IOMMU=riscv invalidation=$mode" >"$tmp/$1.log" 2>&1
		;;
	virtio.*)
		machine=${1#*.} image=attacks.img interrupts=interrupts=off
		machine=${machine%-*}
		set -- "$1" -device virtio-iommu-pci -device edu,dma_mask=0xffffffffffffffff -device edu,dma_mask=0xffffffffffffffff
		case $machine in
		arm64) # its messages go to the ITS, whose doorbell is a region of the unit
			interrupts=
			set -- "$@" -machine virt,gic-version=3 -semihosting-config enable=on,target=native && qemu=${QEMU_AARCH64:-qemu-system-aarch64}
			;;
		riscv64) set -- "$@" -machine virt,aia=aplic-imsic && qemu="qemu-system-riscv64" ;;
		*) # no edu: two disks, polled
			truncate -s 1M "$tmp/$1.a" "$tmp/$1.b"
			set -- "$1" -machine virt -device virtio-iommu-pci -drive "if=none,id=a,format=raw,file=$tmp/$1.a" \
				-device nvme,drive=a,serial=a -drive "if=none,id=b,format=raw,file=$tmp/$1.b" -device nvme,drive=b,serial=b
			qemu=qemu-system-loongarch64 image=attacks.elf
			;;
		esac
		command -v "$qemu" >/dev/null 2>&1 && [ -f "$B/$machine/$image" ] || return 77
		column=$1
		shift
		timeout -k 5 300 "$qemu" "$@" -accel tcg -cpu max -m 256M -nodefaults -display none -no-reboot \
			-serial "file:$tmp/$column.console" -kernel "$B/$machine/$image" \
			-append "IOMMU=virtio invalidation=$mode $interrupts" >"$tmp/$column.log" 2>&1 || return
		said=$(tr -d '\r' <"$tmp/$column.console" | sed -n 's/^@status //p') # loongarch64's
		return "${said:-0}"
		;;
	esac
}

for column in $columns; do # at once: the device mostly sleeps
	{
		start "$column"
		echo $? >"$tmp/$column.status"
	} &
done
wait
for column in $columns; do
	status=$(cat "$tmp/$column.status")
	[ ! -f "$tmp/$column.console" ] || tr -d '\r' <"$tmp/$column.console" >>"$tmp/$column.log"
	echo "$column $status" >>"$tmp/ends"
	sed -n "s/^@cell /$column|/p" "$tmp/$column.log" >>"$tmp/cells"
	sed -n "s/^@bounds /$column: bounds /p" "$tmp/$column.log" >>"$tmp/bounds"
done

tests/attacks/judge.sh "$tmp"
