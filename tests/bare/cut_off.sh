#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Devices that the bare machine cuts off by itself (tests/bare/cut_off.c), with and without an IOMMU.
. "$(dirname "$0")/../static/tap.sh"
B=${B:-build}

cuts() { # NAME IOMMU EMULATOR STATUS ARGUMENT...
	name=$1 iommu=$2 emulator=$3 good=$4
	shift 4
	if ! have "$emulator"; then
		skip "$name" "no $emulator"
		return
	fi
	rm -f "$tmp/console"
	timeout -k 5 100 "$emulator" "$@" -accel tcg -cpu max -m 256M -nodefaults -display none -no-reboot -serial "file:$tmp/console" \
		-drive "if=none,id=d,format=raw,file=$tmp/disk" -device nvme,drive=d,serial=1 -device edu,dma_mask=0xffffffffffffffff \
		-append "IOMMU=$iommu timeout_ms=1000" >"$tmp/log" 2>&1 </dev/null
	status=$?
	tr -d '\r' <"$tmp/console" >>"$tmp/log"
	if [ "$status" -eq "$good" ] && [ "$(grep -c '^ok ' "$tmp/log")" -eq "$(sed -n 's/^1\.\.//p' "$tmp/log")" ]; then
		ok "$name: all $(sed -n 's/^1\.\.//p' "$tmp/log")"
	else
		not_ok "$name: status $status" "$tmp/log"
	fi
}

truncate -s 8M "$tmp/disk"
exit_q35="-device isa-debug-exit,iobase=0xf4,iosize=4"
# shellcheck disable=SC2086
cuts "q35 without an IOMMU" none qemu-system-x86_64 33 -machine q35 -kernel "$B/q35/cut_off.elf" $exit_q35
# shellcheck disable=SC2086
cuts "q35 behind VT-d" vtd qemu-system-x86_64 33 -machine q35,kernel-irqchip=split -device intel-iommu,intremap=on \
	-kernel "$B/q35/cut_off.elf" $exit_q35
cuts "arm64 without an IOMMU" none qemu-system-aarch64 0 -machine virt,gic-version=3 -kernel "$B/arm64/cut_off.img" \
	-semihosting-config enable=on,target=native
cuts "riscv64 without an IOMMU" none qemu-system-riscv64 0 -machine virt,aia=aplic-imsic -kernel "$B/riscv64/cut_off.img"
cuts "riscv64 behind its IOMMU" riscv qemu-system-riscv64 0 -machine virt,aia=aplic-imsic,iommu-sys=on \
	-kernel "$B/riscv64/cut_off.img"
cuts "arm64 behind SMMUv3" smmuv3 qemu-system-aarch64 0 -machine virt,gic-version=3,iommu=smmuv3 -global arm-smmuv3.stage=2 \
	-kernel "$B/arm64/cut_off.img" -semihosting-config enable=on,target=native
finish
