#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Boots the bare riscv64 machine under emulation, on cores with and without Zicbom and Svpbmt, with IMSIC and PLIC, and judges what it
# prints and how it ends; then the copy.
. "$(dirname "$0")/../static/tap.sh"
. tests/main-job/jobs.sh
B=${B:-build}
if ! have qemu-system-riscv64; then
	skip "riscv64" "no qemu-system-riscv64"
	finish
fi

boot() { # MACHINE CPU OPTIONS [QEMU ARGUMENTS]: the self-test: its console in $tmp/log, its status in $status
	machine=$1 cpu=$2 options=$3
	shift 3
	rm -f "$tmp/console"
	timeout -k 5 120 qemu-system-riscv64 -machine "$machine" -accel tcg -cpu "$cpu" -m 256M -nodefaults -display none -no-reboot \
		-serial "file:$tmp/console" -kernel "$B/riscv64/selftest.img" -append "$options" "$@" >"$tmp/log" 2>&1 </dev/null
	status=$?
	[ ! -f "$tmp/console" ] || tr -d '\r' <"$tmp/console" | sed '1,/^Boot HART MEDELEG/d' >>"$tmp/log"
}

selftest() { # NAME, then as boot: all of its own tests pass
	name=$1
	shift
	boot "$@"
	planned=$(sed -n 's/^1\.\.//p' "$tmp/log")
	if [ "$status" -eq 0 ] && [ "${planned:-0}" -gt 50 ] && [ "$(grep -c '^ok ' "$tmp/log")" -eq "$planned" ]; then
		ok "$name: all $planned"
	else
		not_ok "$name: status $status" "$tmp/log"
	fi
}

ends() { # NAME STATUS PATTERN, then as boot: ends with that status after one line like this
	name=$1 wanted=$2 pattern=$3
	shift 3
	boot "$@"
	if [ "$status" -eq "$wanted" ] && { [ -z "$pattern" ] || [ "$(grep -c -e "$pattern" "$tmp/log")" -eq 1 ]; }; then
		ok "$name"
	else
		not_ok "$name: status $status" "$tmp/log"
	fi
}

imsic=virt,aia=aplic-imsic
truncate -s 16M "$tmp/a" "$tmp/b"
disks="-drive id=a,if=none,format=raw,file=$tmp/a -device nvme,drive=a,serial=1 -drive id=b,if=none,format=raw,file=$tmp/b
	-device pcie-root-port,id=rp,slot=1,chassis=1 -device nvme,drive=b,serial=2,bus=rp"
selftest "IMSIC" $imsic max ""
selftest "PLIC: polled" virt max ""
check "and it says so" grep -q "^riscv64: no IMSIC: " "$tmp/log"
selftest "no interrupts" $imsic max "interrupts=off"
# shellcheck disable=SC2086
selftest "two disks, one behind a bridge" $imsic max "disks=2" $disks
selftest "4 GiB" $imsic max "expect_cpus=1" -m 4G
selftest "Sv39 alone" virt rv64,sv57=off,sv48=off ""
selftest "without Svpbmt" $imsic rv64 ""
selftest "without Zicbom" $imsic rv64,zicbom=off ""
selftest "behind an IOMMU of the platform" $imsic,iommu-sys=on max "IOMMU=riscv"
selftest "behind an IOMMU that is a PCI function" $imsic max "IOMMU=riscv" -device riscv-iommu-pci
selftest "behind virtio-iommu" $imsic max "IOMMU=virtio" -device virtio-iommu-pci
selftest "not coherent" $imsic max "coherent=no"
selftest "not coherent, no cache maintenance" $imsic max "coherent=no can_sync=no"
selftest "not coherent, blocks of 128 bytes" $imsic max,cbom_blocksize=128 "coherent=no"

enabled() { # CLEAR SET: firmware enables so in menvcfg, before the kernel runs: for the arguments behind the options
	rm -f "$tmp/gdb"
	tests/bare/menvcfg.py "$tmp/gdb" 80200000 "$1" "$2" >"$tmp/menvcfg.log" 2>&1 &
}
stub="-S -gdb unix:$tmp/gdb,server=on,wait=off"
off="^riscv64: Zicbom is there, but not enabled in menvcfg: all devices that do not snoop are refused$"
enabled 30 0
# shellcheck disable=SC2086
ends "not coherent, cbo.inval is off (CBIE 0): refused" 1 "$off" $imsic max "coherent=no" $stub
enabled 40 0
# shellcheck disable=SC2086
ends "not coherent, cbo.flush is off (CBCFE 0): refused" 1 "$off" $imsic max "coherent=no" $stub
enabled 30 10
# shellcheck disable=SC2086
selftest "not coherent, cbo.inval flushes (CBIE 1)" $imsic max "coherent=no" $stub
check "firmware had enabled more" grep -q "^menvcfg.py: 0x[0-9a-f]*f0 became 0x[0-9a-f]*d0$" "$tmp/menvcfg.log"

ends "status: success" 0 "" virt max "selftest=success"
ends "status: failure 7" 7 "" virt max "selftest=failure"
ends "panic" 110 "^panic: as asked, 42$" virt max "selftest=panic"
ends "code cannot be written" 111 "^exception: store page fault" virt max "selftest=write-code"
ends "data cannot be executed" 111 "^exception: instruction page fault" virt max "selftest=execute-data"
ends "nothing is mapped at 0" 111 "^exception: load page fault: .* stval 0x10$" virt max "selftest=read-nothing"
ends "stack overflow" 111 "^exception: store page fault" virt max "selftest=overflow"
ends "a mapping used after it was removed" 111 "^exception: store page fault" virt max "selftest=use-after-unmap"
ends "an unknown IOMMU" 101 "^iommu: IOMMU=vtd is not known on riscv64$" virt max "IOMMU=vtd"

file=$(random 3000001)
export MACHINE=riscv64
arrives "copy" "$file"
check "by interrupt" test "$(result interrupts)" -gt 0
arrives "copy, PLIC: polled" "$file" MACHINE_OPTIONS=,aia=none
arrives "copy, not coherent" "$file" KERNEL_OPTIONS=coherent=no
arrives "copy, not coherent, no cache maintenance: bounced through uncached memory" "$file" KERNEL_OPTIONS="coherent=no can_sync=no"
check "bounced" test "$(result bytes_bounced)" -gt 0
arrives "copy, coherent, with neither Zicbom nor Svpbmt" "$file" QEMU_OPTIONS="-cpu rv64,zicbom=off,svpbmt=off"
export IOMMU=riscv
arrives "copy behind the IOMMU" "$file"
check "by interrupt, and it was told to forget" test "$(result interrupts)" -gt 0 -a "$(result iotlb_invalidations)" -gt 0
check "a device of the platform" grep -q "^riscv: a device of the platform, which snoops" "$tmp/out"
arrives "copy behind the IOMMU, deferred" "$file" KERNEL_OPTIONS=invalidation=deferred
arrives "copy behind the IOMMU, polled" "$file" MACHINE_OPTIONS=,aia=none
arrives "copy behind the IOMMU, untrusted disks" "$file" KERNEL_OPTIONS=trusted=no
arrives "copy behind the IOMMU, tables and devices maintained" "$file" KERNEL_OPTIONS="coherent=no iommu_snoops=no"
arrives "copy behind the IOMMU, devices through uncached memory" "$file" KERNEL_OPTIONS="coherent=no can_sync=no"
arrives "copy behind a PCI function" "$file" QEMU_OPTIONS="-machine iommu-sys=off -device riscv-iommu-pci,addr=0x10"
check "a PCI function" grep -q "^riscv: a PCI function" "$tmp/out"
arrives "copy behind a PCI function, deferred" "$file" QEMU_OPTIONS="-machine iommu-sys=off -device riscv-iommu-pci,addr=0x10" \
	KERNEL_OPTIONS=invalidation=deferred
first="-machine iommu-sys=off -device riscv-iommu-pci,addr=0x10,g-stage=off"
arrives "copy by the first stage" "$file" QEMU_OPTIONS="$first"
check "by interrupt, and it was told to forget" test "$(result interrupts)" -gt 0 -a "$(result iotlb_invalidations)" -gt 0
arrives "copy by the first stage, deferred" "$file" QEMU_OPTIONS="$first" KERNEL_OPTIONS=invalidation=deferred
arrives "copy by the first stage, tables and devices maintained" "$file" QEMU_OPTIONS="$first" \
	KERNEL_OPTIONS="coherent=no iommu_snoops=no"
# QEMU's tree names the unit that was added last for all functions, but QEMU translates by the first: it blocks them.
LINES_SAID=4
two="-machine iommu-sys=off -device riscv-iommu-pci,addr=0x10 -device riscv-iommu-pci,addr=0x11"
fails "the tree names two units, and not the one that translates: blocked" "^error: disk 0: identify: " FILE="$file" QEMU_OPTIONS="$two"
check "one is driven" test "$(grep -c "^riscv: a PCI function, which snoops" "$tmp/out")" -eq 1
check "the other is itself behind it" grep -q "^iommu: the RISC-V IOMMU at 0x[0-9a-f]* is itself behind the one at " "$tmp/out"
LINES_SAID=6
fails "a unit without either stage: refused" "it has no tables that we know" FILE="$file" QEMU_OPTIONS="$first,s-stage=off"
check "its functions are named" test "$(grep -c "^iommu: not protected: 0:" "$tmp/out")" -eq 3
LINES_SAID=1
fails "no unit" "^iommu: no RISC-V IOMMU to protect memory with: " FILE="$file" QEMU_OPTIONS="-machine iommu-sys=off"
export IOMMU=virtio
arrives "copy behind virtio-iommu" "$file"
check "by interrupt, and it was told to forget" test "$(result interrupts)" -gt 0 -a "$(result iotlb_invalidations)" -gt 0
arrives "copy behind virtio-iommu, deferred" "$file" KERNEL_OPTIONS=invalidation=deferred
arrives "copy behind virtio-iommu, a PLIC: polled" "$file" MACHINE_OPTIONS=,aia=none
arrives "copy behind virtio-iommu, not coherent" "$file" KERNEL_OPTIONS=coherent=no
export IOMMU=none
LINES_SAID=2
fails "not coherent, no Svpbmt: refused" "^riscv64: no Svpbmt: rings of devices that do not snoop are refused" FILE="$file" \
	KERNEL_OPTIONS=coherent=no QEMU_OPTIONS="-cpu rv64,svpbmt=off"
fails "not coherent, neither Zicbom nor Svpbmt: refused" "^riscv64: no Zicbom: all devices that do not snoop are refused" \
	FILE="$file" KERNEL_OPTIONS=coherent=no QEMU_OPTIONS="-cpu rv64,zicbom=off,svpbmt=off"
for block in 0 8 96 8192; do
	fails "not coherent, Zicbom with blocks of $block bytes: refused" "^riscv64: Zicbom's block size is no power of two from 16 " \
		FILE="$file" KERNEL_OPTIONS=coherent=no QEMU_OPTIONS="-cpu max,cbom_blocksize=$block"
done
arrives "copy, not coherent, blocks of 16 bytes" "$file" KERNEL_OPTIONS=coherent=no QEMU_OPTIONS="-cpu max,cbom_blocksize=16"
arrives "copy, not coherent, blocks of a page" "$file" KERNEL_OPTIONS=coherent=no QEMU_OPTIONS="-cpu max,cbom_blocksize=4096"
finish
