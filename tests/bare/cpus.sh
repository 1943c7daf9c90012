#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# The bare machines with several CPUs, and the copy on them with disks that interrupt different CPUs. To be run alone: a guest with four
# CPUs wants all of this machine's.
. "$(dirname "$0")/../static/tap.sh"
. tests/bare/copies.sh

boot() { # MACHINE CPU OPTIONS [QEMU ARGUMENTS]: the self-test: its console in $tmp/log, its status in $status
	machine=$1 cpu=$2 options=$3
	shift 3
	case $machine in
	q35*) set -- -kernel "$B/q35/selftest.elf" -device isa-debug-exit,iobase=0xf4,iosize=4 "$@" && emulator=qemu-system-x86_64 good=33 ;;
	loongarch64) machine=virt good=0 emulator=qemu-system-loongarch64 && set -- -kernel "$B/loongarch64/selftest.elf" "$@" ;;
	virt,aia*) set -- -kernel "$B/riscv64/selftest.img" "$@" && emulator=qemu-system-riscv64 good=0 ;;
	*) set -- -kernel "$B/arm64/selftest.img" -semihosting-config enable=on,target=native "$@" && emulator=qemu-system-aarch64 good=0 ;;
	esac
	rm -f "$tmp/console"
	timeout -k 5 120 "$emulator" -machine "$machine" -accel tcg,thread=multi -cpu "$cpu" -m 512M -nodefaults -display none -no-reboot \
		-serial "file:$tmp/console" -append "$options" "$@" >"$tmp/log" 2>&1 </dev/null
	status=$?
	[ ! -f "$tmp/console" ] || tr -d '\r' <"$tmp/console" >>"$tmp/log"
}

selftest() { # NAME, then as boot: all of its own tests pass
	name=$1
	shift
	boot "$@"
	planned=$(sed -n 's/^1\.\.//p' "$tmp/log")
	passed=$(grep -c '^ok ' "$tmp/log")
	if [ "$status" -eq "$good" ] && [ "${planned:-0}" -gt 50 ] && [ "$passed" -eq "$planned" ]; then
		ok "$name: all $planned"
	else
		grep '^not ok' "$tmp/log" | sed 's/^/# /'
		not_ok "$name: status $status, $passed of ${planned:-no} tests" "$tmp/log"
	fi
}

large() { # NAME OPTION...: four CPUs in a machine whose memory, and with it stacks, tables and buffers, lies above 4 GiB
	name=$1
	shift
	copies "$name, 5 GiB of memory" 4 QEMU_OPTIONS="-m 5G" "$@"
}

if have qemu-system-x86_64; then
	for n in 2 4; do
		selftest "q35, $n CPUs" q35 max "expect_cpus=$n" -smp "$n"
	done
	selftest "q35, 4 CPUs as x2APICs" q35 max "expect_cpus=4 x2apic=yes" -smp 4
	selftest "q35, 4 CPUs without x2APIC, 1 GiB pages and the like" q35 qemu64 "expect_cpus=4" -smp 4
	selftest "q35, 4 CPUs, more than are started" q35 max "expect_cpus=3 cpus=3" -smp 4
	selftest "q35, 4 CPUs, not coherent" q35 max "expect_cpus=4 coherent=no" -smp 4
	selftest "q35, 4 CPUs, no interrupts, so one" q35 max "expect_cpus=1 interrupts=off" -smp 4
	for n in 2 4; do
		q35_copies "$n"
	done
	arrives "q35, 4 CPUs, a unit that cannot send interrupts to x2APICs: polled" "$file" MACHINE=q35 CPUS=4 KERNEL_OPTIONS=x2apic=yes
	check "and it says so" grep -q "^iommu: devices are polled: interrupts are not remapped" "$tmp/out"
	large "q35 behind AMD-Vi" MACHINE=q35 IOMMU=amdvi
	large "q35 behind VT-d" MACHINE=q35 IOMMU=vtd
	arrives "q35, 4 CPUs, disks that are polled" "$file" MACHINE=q35 CPUS=4 INTERRUPTS=off
else
	skip "q35" "no qemu-system-x86_64"
fi
if have qemu-system-aarch64; then
	for n in 2 4; do
		selftest "arm64, $n CPUs" virt,gic-version=3 max "expect_cpus=$n" -smp "$n"
	done
	selftest "arm64, 4 CPUs from EL2, sizes change with a break" virt,gic-version=3,virtualization=on cortex-a72 "expect_cpus=4" -smp 4
	selftest "arm64, 4 CPUs from EL2" virt,gic-version=3,virtualization=on max "expect_cpus=4" -smp 4
	selftest "arm64, 4 CPUs, not coherent" virt,gic-version=3 max "expect_cpus=4 coherent=no" -smp 4
	selftest "arm64, 4 CPUs with a GIC that sends no messages, so one" virt max "expect_cpus=1" -smp 4
	for n in 2 4; do
		arm64_copies "$n"
	done
	copies "arm64 behind virtio-iommu, by ACPI" 4 MACHINE=arm64 IOMMU=virtio MACHINE_OPTIONS=,acpi=on
	large "arm64 behind SMMUv3" MACHINE=arm64 IOMMU=smmuv3
	copies "arm64 from EL2" 4 MACHINE=arm64 IOMMU=none MACHINE_OPTIONS=,virtualization=on
else
	skip "arm64" "no qemu-system-aarch64"
fi
if have qemu-system-riscv64; then
	selftest "riscv64, 4 CPUs" virt,aia=aplic-imsic max "expect_cpus=4" -smp 4
	selftest "riscv64, 4 CPUs in two sockets, with guests' files between theirs" virt,aia=aplic-imsic,aia-guests=3 max "expect_cpus=4" \
		-smp 4,sockets=2
	selftest "riscv64, 4 CPUs, a PLIC" virt,aia=none max "expect_cpus=4" -smp 4
	selftest "riscv64, 4 CPUs, not coherent" virt,aia=aplic-imsic max "expect_cpus=4 coherent=no" -smp 4
	for n in 2 4; do
		riscv64_copies "$n"
	done
	large "riscv64 behind its IOMMU" MACHINE=riscv64 IOMMU=riscv
	copies "riscv64 in two sockets" 4 MACHINE=riscv64 QEMU_OPTIONS="-smp 4,sockets=2 -machine aia-guests=1"
else
	skip "riscv64" "no qemu-system-riscv64"
fi
if ! have qemu-system-loongarch64; then
	skip "loongarch64" "no qemu-system-loongarch64"
elif [ ! -f "$B/loongarch64/copy.elf" ]; then
	skip "loongarch64" "no LLVM of 17 or newer built it"
else
	selftest "loongarch64, 4 CPUs" loongarch64 max "expect_cpus=4" -smp 4
	selftest "loongarch64, 4 CPUs, not coherent" loongarch64 max "expect_cpus=4 coherent=no" -smp 4
	for n in 2 4; do
		loongarch64_copies "$n"
	done
	large "loongarch64 behind virtio-iommu" MACHINE=loongarch64 IOMMU=virtio
	copies "loongarch64, more CPUs than messages reach" 6 MACHINE=loongarch64 IOMMU=none
fi
finish
