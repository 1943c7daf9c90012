#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Boots the bare loongarch64 machine under emulation, and judges what it prints and how it ends; then the copy.
. "$(dirname "$0")/../static/tap.sh"
. tests/main-job/jobs.sh
B=${B:-build}
if ! have qemu-system-loongarch64; then
	skip "loongarch64" "no qemu-system-loongarch64"
	finish
fi
if [ ! -f "$B/loongarch64/selftest.elf" ]; then
	skip "loongarch64" "no LLVM of 17 or newer built it"
	finish
fi

boot() { # OPTIONS [QEMU ARGUMENTS]: the self-test: its console in $tmp/log, the status that it wrote there in $status, QEMU's in $ended
	options=$1
	shift
	rm -f "$tmp/console"
	timeout -k 5 120 qemu-system-loongarch64 -machine virt -accel tcg -cpu max -m 256M -nodefaults -display none -no-reboot \
		-serial "file:$tmp/console" -kernel "$B/loongarch64/selftest.elf" -append "$options" "$@" >"$tmp/log" 2>&1 </dev/null
	ended=$?
	[ ! -f "$tmp/console" ] || tr -d '\r' <"$tmp/console" >>"$tmp/log"
	status=$(sed -n 's/^@status //p' "$tmp/log")
	[ "$ended" -eq 0 ] || status="none, but QEMU's $ended"
}

selftest() { # NAME, then as boot: all of its own tests pass
	name=$1
	shift
	boot "$@"
	planned=$(sed -n 's/^1\.\.//p' "$tmp/log")
	if [ "$status" = 0 ] && [ "${planned:-0}" -gt 50 ] && [ "$(grep -c '^ok ' "$tmp/log")" -eq "$planned" ]; then
		ok "$name: all $planned"
	else
		not_ok "$name: status $status" "$tmp/log"
	fi
}

ends() { # NAME STATUS PATTERN, then as boot: ends with that status after one line like this
	name=$1 wanted=$2 pattern=$3
	shift 3
	boot "$@"
	if [ "$status" = "$wanted" ] && { [ -z "$pattern" ] || [ "$(grep -c -e "$pattern" "$tmp/log")" -eq 1 ]; }; then
		ok "$name"
	else
		not_ok "$name: status $status" "$tmp/log"
	fi
}

truncate -s 16M "$tmp/a" "$tmp/b"
disks="-drive id=a,if=none,format=raw,file=$tmp/a -device nvme,drive=a,serial=1 -drive id=b,if=none,format=raw,file=$tmp/b
	-device pcie-root-port,id=rp,slot=1,chassis=1 -device nvme,drive=b,serial=2,bus=rp"
selftest "as it is" ""
selftest "no interrupts" "interrupts=off"
# shellcheck disable=SC2086
selftest "two disks, one behind a bridge" "disks=2" $disks
selftest "memory below and above the registers" "expect_cpus=1" -m 4G
selftest "not coherent: uncached mappings" "coherent=no"
selftest "behind virtio-iommu" "IOMMU=virtio" -device virtio-iommu-pci
selftest "without ACPI" "" -machine acpi=off

ends "status: success" 0 "" "selftest=success"
ends "status: failure 7" 7 "" "selftest=failure"
ends "panic" 110 "^panic: as asked, 42$" "selftest=panic"
ends "code cannot be written" 111 "^exception: store to read-only page" "selftest=write-code"
ends "data cannot be executed" 111 "^exception: " "selftest=execute-data"
ends "nothing is mapped at 0" 111 "^exception: load page invalid: .* badv 0x10$" "selftest=read-nothing"
ends "stack overflow" 111 "^exception: store page invalid" "selftest=overflow"
ends "a mapping used after it was removed" 111 "^exception: store page invalid" "selftest=use-after-unmap"
ends "an unknown IOMMU" 101 "^iommu: IOMMU=vtd is not known on loongarch64$" "IOMMU=vtd"

file=$(random 3000001)
export MACHINE=loongarch64
arrives "copy" "$file"
check "by interrupt" test "$(result interrupts)" -gt 0
arrives "copy, polled" "$file" INTERRUPTS=off
arrives "copy, not coherent: bounced through uncached memory" "$file" KERNEL_OPTIONS=coherent=no
check "bounced" test "$(result bytes_bounced)" -gt 0
export IOMMU=virtio
arrives "copy behind virtio-iommu" "$file"
check "by interrupt, and it was told to forget" test "$(result interrupts)" -gt 0 -a "$(result iotlb_invalidations)" -gt 0
check "the tree names no unit, and it is said" grep -q "^iommu: the device tree names no unit: the virtio-iommu at 0:1.0 is taken" "$tmp/out"
arrives "copy behind virtio-iommu, deferred" "$file" KERNEL_OPTIONS=invalidation=deferred
arrives "copy behind virtio-iommu, polled" "$file" INTERRUPTS=off
arrives "copy behind virtio-iommu, untrusted disks" "$file" KERNEL_OPTIONS=trusted=no
arrives "copy behind virtio-iommu, not coherent" "$file" KERNEL_OPTIONS=coherent=no
arrives "copy behind virtio-iommu, which is not the first function" "$file" \
	MACHINE_OPTIONS=" -device pcie-root-port,id=other"
fails "no unit" "^iommu: no virtio-iommu to protect memory with: " FILE="$file" IOMMU=none KERNEL_OPTIONS=IOMMU=virtio
export IOMMU=none
# The status on the console is what counts, QEMU's own is 0.
fails "a machine that ends with a failure" "IOMMU=vtd is not known on loongarch64" FILE="$file" KERNEL_OPTIONS=IOMMU=vtd
finish
