#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Boots the bare q35 machine under emulation and judges what it prints and how it ends: its own tests with several memory
# sizes, options, CPUs and devices, and each way to end that is not success.
set -u
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
kernel=$B/q35/selftest.elf
qemu=${QEMU_X86_64:-qemu-system-x86_64}
command -v "$qemu" >/dev/null 2>&1 || {
	echo "1..0 # SKIP $qemu is not installed"
	exit 0
}
[ -f "$kernel" ] || {
	echo "not ok 1 - $kernel has not been built"
	exit 1
}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
tests=0
failures=0
accel="-accel tcg"

ok() { # NAME
	tests=$((tests + 1))
	echo "ok $tests - $1"
}

not_ok() { # NAME REASON: with what the machine printed
	tests=$((tests + 1))
	failures=$((failures + 1))
	echo "not ok $tests - $1: $2"
	tail -n 20 "$tmp/log" | sed 's/^/# /'
}

# MEMORY COMMAND-LINE [QEMU ARGUMENTS]: its console to $tmp/log, its status to $status. What the machine comes to is
# (status - 33) / 2: see platform/bare/README.md.
boot() {
	memory=$1 command_line=$2
	shift 2
	rm -f "$tmp/console"
	# shellcheck disable=SC2086 # $accel is several words
	timeout -k 5 "${BOOT_LIMIT:-120}" "$qemu" -machine q35 $accel -cpu max -m "$memory" -nodefaults -display none \
		-serial "file:$tmp/console" -no-reboot -device isa-debug-exit,iobase=0xf4,iosize=4 -kernel "$kernel" \
		-append "$command_line" "$@" >"$tmp/log" 2>&1
	status=$?
	[ ! -f "$tmp/console" ] || tr -d '\r' <"$tmp/console" >>"$tmp/log"
}

# NAME MEMORY COMMAND-LINE [QEMU ARGUMENTS]: the self-test: one test here, its own are in the machine's log.
selftest() {
	name=$1
	shift
	boot "$@"
	planned=$(sed -n 's/^1\.\.//p' "$tmp/log")
	passed=$(grep -c '^ok ' "$tmp/log")
	if grep -q '^pci: \|^acpi: ' "$tmp/log"; then
		not_ok "$name" "the machine complains: $(grep -m 1 '^pci: \|^acpi: ' "$tmp/log")"
	elif [ "$status" -eq 33 ] && [ "${planned:-0}" -gt 50 ] && [ "$passed" -eq "$planned" ]; then
		ok "$name: all $planned, status 33"
	else
		grep '^not ok' "$tmp/log" | sed 's/^/# /'
		not_ok "$name" "status $status, $passed of ${planned:-no} tests"
	fi
}

# NAME STATUS PATTERN MEMORY COMMAND-LINE [QEMU ARGUMENTS]: ends with that status and prints a line like this, once.
ends() {
	name=$1 wanted=$2 pattern=$3
	shift 3
	boot "$@"
	lines=$(grep -c -- "$pattern" "$tmp/log")
	if [ "$status" -ne "$wanted" ]; then
		not_ok "$name" "status $status, not $wanted"
	elif [ -n "$pattern" ] && [ "$lines" -ne 1 ]; then
		not_ok "$name" "$lines lines like: $pattern"
	else
		ok "$name"
	fi
}

for disk in a b; do
	dd if=/dev/zero of="$tmp/$disk.img" bs=1024 count=0 seek=16384 2>/dev/null
done
disks="-drive id=a,if=none,format=raw,file=$tmp/a.img -device nvme,drive=a,serial=1
	-drive id=b,if=none,format=raw,file=$tmp/b.img -device pcie-root-port,id=rp,slot=1,chassis=1
	-device nvme,drive=b,serial=2,bus=rp"
printf 'xyz' >"$tmp/oem"

selftest "64 MiB" 64 ""
# shellcheck disable=SC2086
selftest "512 MiB, two disks, one behind a bridge" 512 "disks=2" $disks
selftest "5 GiB" 5G "first=1 twice=a word  twice=b=c "
selftest "70 GiB" 70G "" -object memory-backend-ram,id=ram,size=70G,reserve=off -machine memory-backend=ram
selftest "not coherent" 512 "coherent=no"
selftest "not coherent, no cache maintenance, RAM is asked for" 512 "coherent=no can_sync=no ram=asked"
accel="-accel tcg,thread=single -icount shift=0,align=off,sleep=off"
selftest "counting instructions" 128 ""
accel="-accel tcg"
selftest "an old CPU" 128 "" -cpu qemu64
selftest "no interrupts" 128 "interrupts=off"
selftest "behind VT-d" 128 "IOMMU=vtd" -machine kernel-irqchip=split -device intel-iommu,intremap=on
selftest "behind AMD-Vi" 128 "IOMMU=amdvi" -machine kernel-irqchip=split -device amd-iommu,pt=off,intremap=on
selftest "behind virtio-iommu" 128 "IOMMU=virtio" -device virtio-iommu-pci
selftest "a local APIC as x2APIC" 128 "x2apic=yes expect_cpus=1"
selftest "a table added by the host" 128 "oem=1" -acpitable "sig=OEMT,data=$tmp/oem"
selftest "tables by SeaBIOS" 128 "" -machine acpi=off
selftest "a second root bus" 512 "disks=1" -device pxb-pcie,bus_nr=64,id=second,bus=pcie.0 \
	-device pcie-root-port,id=rp,bus=second,slot=1 -drive "id=a,if=none,format=raw,file=$tmp/a.img" \
	-device nvme,drive=a,serial=1,bus=rp
selftest "a BAR above 4 GiB" 512 "disks=1 high_bar=1" -drive "id=a,if=none,format=raw,file=$tmp/a.img" \
	-device nvme,drive=a,serial=1,cmb_size_mb=1024

# status = 33 + 2 * what it comes to; 110 a panic, 111 an exception, 101 cannot be set up
ends "status: success" 33 "" 64 "selftest=success"
ends "status: failure 7" 47 "" 64 "selftest=failure"
ends "status: out of range is 100" 233 "" 64 "selftest=out-of-range"
ends "panic" 253 "^panic: as asked, 42$" 64 "selftest=panic"
ends "page fault" 255 "^exception: page fault (vector 14): error 0x0, rip 0xffff8000001[0-9a-f]*, cr2 0x10," 64 \
	"selftest=read-nothing"
ends "code cannot be written" 255 "^exception: page fault (vector 14): error 0x3, " 64 "selftest=write-code"
ends "data cannot be executed" 255 "^exception: page fault (vector 14): error 0x11, " 64 "selftest=execute-data"
ends "stack overflow" 255 "^exception: page fault (vector 14): error 0x2, " 64 "selftest=overflow"
ends "frames: double free" 253 "^panic: frames: double free of 0x" 64 "selftest=double-free"
ends "frames: foreign free" 253 "^panic: frames: foreign free of 0x100000$" 64 "selftest=foreign-free"
ends "frames: free of no RAM" 253 "^panic: frames: free of 0x10000000000, 1 pages: not in RAM$" 64 "selftest=free-no-ram"
ends "a lock taken twice" 253 "^panic: lock .*: taken twice$" 64 "selftest=lock-twice"
ends "a mapping removed twice" 253 "^panic: kva: 0x[0-9a-f]* is not mapped, " 64 "selftest=unmap-twice"
ends "a mapping used after it was removed" 255 "^exception: page fault (vector 14): error 0x2, .*cr2 0xffffc0" 64 \
	"selftest=use-after-unmap"
ends "an unknown IOMMU" 235 "^iommu: IOMMU=foo is not known on q35$" 64 "IOMMU=foo"
ends "no configuration space on the older PC" 235 "^pci: no MCFG table, so no configuration space$" 64 "" -machine pc
ends "too little memory" 253 "^panic: boot: the image lies outside of RAM$" 2 ""
echo "1..$tests"
[ "$failures" -eq 0 ]
