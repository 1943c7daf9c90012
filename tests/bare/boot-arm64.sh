#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Boots the bare arm64 machine under emulation, at EL1 and from EL2, on CPUs with and without FEAT_BBM, and judges what it prints and
# how it ends; then the copy without an IOMMU and behind SMMUv3 in both stages.
set -u
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
qemu=${QEMU_AARCH64:-qemu-system-aarch64}
command -v "$qemu" >/dev/null 2>&1 || {
	echo "1..0 # SKIP $qemu is not installed"
	exit 0
}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
tests=0
failures=0

judge() { # TRUTH NAME REASON
	tests=$((tests + 1))
	if [ "$1" = true ]; then
		echo "ok $tests - $2"
	else
		failures=$((failures + 1))
		echo "not ok $tests - $2: $3"
		tail -n 20 "$tmp/log" | sed 's/^/# /'
	fi
}

# MACHINE CPU MEMORY COMMAND-LINE [QEMU ARGUMENTS]: its console and complaints to $tmp/log, its status to $status.
semihosting="-semihosting-config enable=on,target=native"
boot() {
	machine=$1 cpu=$2 memory=$3 command_line=$4
	shift 4
	rm -f "$tmp/console"
	# shellcheck disable=SC2086 # several words
	timeout -k 5 120 "$qemu" -machine "$machine" -accel tcg -cpu "$cpu" -m "$memory" -nodefaults -display none -no-reboot \
		-serial "file:$tmp/console" $semihosting -kernel "$B/arm64/selftest.img" -append "$command_line" "$@" \
		>"$tmp/log" 2>&1
	status=$?
	[ ! -f "$tmp/console" ] || tr -d '\r' <"$tmp/console" >>"$tmp/log"
}

selftest() { # NAME, then as boot: all of its own tests pass
	name=$1
	shift
	boot "$@"
	planned=$(sed -n 's/^1\.\.//p' "$tmp/log")
	passed=$(grep -c '^ok ' "$tmp/log")
	good=false
	[ "$status" -eq 0 ] && [ "${planned:-0}" -gt 50 ] && [ "$passed" -eq "$planned" ] && good=true
	judge $good "$name: all ${planned:-0}" "status $status, $passed passed: $(grep -m 1 '^not ok' "$tmp/log")"
}

ends() { # NAME STATUS PATTERN, then as boot: ends with that status after one line like this
	name=$1 wanted=$2 pattern=$3
	shift 3
	boot "$@"
	lines=$(grep -c -- "$pattern" "$tmp/log")
	good=false
	[ "$status" -eq "$wanted" ] && { [ -z "$pattern" ] || [ "$lines" -eq 1 ]; } && good=true
	judge $good "$name" "status $status, $lines lines like: $pattern"
}

for disk in a b; do
	dd if=/dev/zero of="$tmp/$disk.img" bs=1024 count=0 seek=16384 2>/dev/null
done
disks="-drive id=a,if=none,format=raw,file=$tmp/a.img -device nvme,drive=a,serial=1
	-drive id=b,if=none,format=raw,file=$tmp/b.img -device pcie-root-port,id=rp,slot=1,chassis=1
	-device nvme,drive=b,serial=2,bus=rp"

selftest "EL1" virt max 256M ""
selftest "from EL2" virt,virtualization=on max 256M ""
selftest "EL1, sizes change with a break" virt cortex-a57 256M ""
selftest "from EL2, sizes change with a break" virt,virtualization=on cortex-a72 256M ""
# shellcheck disable=SC2086
selftest "two disks, one behind a bridge" virt max 512M "disks=2" $disks
selftest "4 GiB" virt max 4G "expect_cpus=1"
selftest "GICv3, PCI low" virt,gic-version=3,highmem=off max 256M ""
selftest "GICv3, from EL2" virt,gic-version=3,virtualization=on max 256M ""
selftest "GICv3 without an ITS" virt,gic-version=3,its=off max 256M ""
selftest "GICv3, no interrupts" virt,gic-version=3 max 256M "interrupts=off"
selftest "behind SMMUv3" virt,gic-version=3,iommu=smmuv3 max 256M "IOMMU=smmuv3"
selftest "behind virtio-iommu" virt,gic-version=3 max 256M "IOMMU=virtio" -device virtio-iommu-pci
selftest "not coherent" virt max 256M "coherent=no"
selftest "not coherent, no cache maintenance" virt max 256M "coherent=no can_sync=no"

ends "status: success" 0 "" virt max 128M "selftest=success"
ends "status: failure 7" 7 "" virt max 128M "selftest=failure"
ends "panic" 110 "^panic: as asked, 42$" virt max 128M "selftest=panic"
ends "code cannot be written" 111 "^exception: .*data abort" virt max 128M "selftest=write-code"
ends "data cannot be executed" 111 "^exception: .*instruction abort" virt max 128M "selftest=execute-data"
ends "nothing is mapped at 0" 111 "^exception: .*data abort.* far 0x10$" virt max 128M "selftest=read-nothing"
ends "stack overflow" 111 "^exception: .*data abort" virt max 128M "selftest=overflow"
ends "a mapping used after it was removed" 111 "^exception: .*data abort" virt max 128M "selftest=use-after-unmap"
ends "an unknown IOMMU" 101 "^iommu: IOMMU=vtd is not known on arm64$" virt max 128M "IOMMU=vtd"
ends "no SMMU" 101 "^iommu: no SMMUv3 to protect memory with: " virt max 128M "IOMMU=smmuv3"
semihosting=
ends "without semihosting: off, and the status on the console" 0 "^@status 7$" virt max 128M "selftest=failure"
ends "the same from EL2" 0 "^@status 110$" virt,virtualization=on max 128M "selftest=panic"

# ---- The copy -----------------------------------------------------------------------------------------------------------

copy() { # NAME: the rest of the options from the environment
	name=$1
	B=$tmp/out MACHINE=arm64 ACCEL=tcg PROGRESS=lines FILE=$tmp/file tools/launch >"$tmp/log" 2>&1
	status=$?
	good=false
	[ "$status" -eq 0 ] && grep -q '"verified": true' "$tmp/out/run/summary.json" &&
		grep -q '"faults": 0,' "$tmp/out/run/summary.json" &&
		grep -q '"frames_leaked": 0,' "$tmp/out/run/summary.json" && good=true
	judge $good "copy: $name" "status $status"
}

mkdir -p "$tmp/out"
ln -s "$PWD/$B/arm64" "$tmp/out/arm64"
case $B in /*) rm "$tmp/out/arm64" && ln -s "$B/arm64" "$tmp/out/arm64" ;; esac
dd if=/dev/urandom of="$tmp/file" bs=1000 count=9001 2>/dev/null

copy "no IOMMU"
MACHINE_OPTIONS=,virtualization=on copy "no IOMMU, from EL2"
KERNEL_OPTIONS="coherent=no" copy "no IOMMU, not coherent"
KERNEL_OPTIONS="coherent=no can_sync=no" copy "no IOMMU, not coherent, no cache maintenance: bounced through Normal-NC memory"
# Units with both stages (as of QEMU 9.1), the driver told which to use; then units that have only the one.
export IOMMU=smmuv3
for stage in 1 2; do
	KERNEL_OPTIONS="stage=$stage" copy "SMMUv3, stage $stage"
	grep -q "^smmuv3: stage $stage, two-level" "$tmp/log" && good=true || good=false
	judge $good "stage $stage it was" "$(grep '^smmuv3' "$tmp/log")"
	KERNEL_OPTIONS="stage=$stage invalidation=deferred" copy "SMMUv3, stage $stage, deferred"
	KERNEL_OPTIONS="stage=$stage coherent=no smmu_snoops=no stream_table=linear" copy \
		"SMMUv3, stage $stage, tables and devices maintained, linear stream table"
	KERNEL_OPTIONS="stage=$stage coherent=no can_sync=no" copy "SMMUv3, stage $stage, devices through Normal-NC memory"
	KERNEL_OPTIONS="stage=$stage trusted=no" copy "SMMUv3, stage $stage, untrusted disks"
	QEMU_OPTIONS="-machine virt-9.0 -global arm-smmuv3.stage=$stage" copy "SMMUv3 of stage $stage alone"
	grep -q "^smmuv3: stage $stage," "$tmp/log" && good=true || good=false
	judge $good "stage $stage it was" "$(grep '^smmuv3' "$tmp/log")"
done
KERNEL_OPTIONS="iort=fw_cfg" copy "SMMUv3, found in QEMU's IORT"
grep -q '^smmuv3: by IORT, stage 2,' "$tmp/log" && good=true || good=false
judge $good "by IORT it was" "$(grep '^smmuv3\|^IORT' "$tmp/log")"
echo "1..$tests"
[ "$failures" -eq 0 ]
