#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# The copy job built with the destination's mapping left out: the IOMMU blocks it, the report names disk and address, and
# the run fails with one clear line, although the controller says that all went well (hazard 61). And with tables of a firmware that
# lies: the machine refuses DMA.
set -u
cd "$(dirname "$0")/../.." || exit 1
B=${B:-build}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
command -v "${QEMU_X86_64:-qemu-system-x86_64}" >/dev/null 2>&1 || {
	echo "1..0 # SKIP qemu-system-x86_64 is not installed"
	exit 0
}
mkdir -p "$tmp/q35" "$tmp/run"
tests=0
failed=0

check() { # NAME CONDITION...
	name=$1
	shift
	tests=$((tests + 1))
	if "$@"; then
		echo "ok $tests - $name"
	else
		failed=$((failed + 1))
		echo "not ok $tests - $name"
		tail -n 20 "$tmp/log" | sed 's/^/# /'
	fi
}

says() {
	grep -Eq "$1" "$tmp/log"
}

says_not() {
	! says "$1"
}

summary() {
	grep -Eq "$1" "$tmp/run/summary.json"
}

run() { # KEY=VALUE...: the status in $status
	for try in 1 2 3; do
		env B="$tmp" MACHINE=q35 IOMMU=vtd ACCEL=tcg FILE="$tmp/file" PROGRESS=lines STALL=60 "$@" tools/launch >"$tmp/log" 2>&1
		status=$?
		says 'ended with status 5[0-9]' || return # 128 and a signal, as the launcher converts it: QEMU itself crashed
		echo "# QEMU crashed, try $try: $(tail -n 1 "$tmp/log")"
	done
}

dd if=/dev/urandom of="$tmp/file" bs=65536 count=16 2>/dev/null

cp "$B/q35/mistake.elf" "$tmp/q35/copy.elf"
run
check "the destination's mapping left out: the run fails" [ "$status" -ne 0 ]
check "blocked, with device and address" says 'nvme1.* read at 0x[0-9a-f]+ blocked'
check "the summary says so: faults, not verified" summary '"faults": [1-9]'
check "nothing is called verified" summary '"verified": false'

cp "$B/q35/copy.elf" "$tmp/q35/copy.elf"
run
check "the same with the mapping: it works" [ "$status" -eq 0 ]
check "no fault, no frame leaked" summary '"frames_leaked": 0'
run KERNEL_OPTIONS=invalidation=deferred
check "deferred: it works" [ "$status" -eq 0 ]
check "deferred: no fault" summary '"faults": 0'
run QEMU_OPTIONS="-global intel-iommu.aw-bits=39"
check "3 levels (QEMU's aw-bits=39): it works" [ "$status" -eq 0 ]
run QEMU_OPTIONS="-global intel-iommu.caching-mode=on"
check "caching mode: it works" [ "$status" -eq 0 ]
check "caching mode: no fault" summary '"faults": 0'

# Firmware without a usable DMAR: IOMMU=vtd on a machine that has none, then with tables that lie.
table() { # NAME BYTES-IN-PRINTF: a DMAR after its header, for -acpitable
	# shellcheck disable=SC2059
	printf "$2" >"$tmp/$1"
}
table width '\046\000\000\000\000\000\000\000\000\000\000\000'
table endless '\046\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\001\000\000\000\000\000\331\376\000\000\000\000'
table overlong '\046\000\000\000\000\000\000\000\000\000\000\000\000\000\377\377\001\000\000\000\000\000\331\376\000\000\000\000'
table in_memory '\046\000\000\000\000\000\000\000\000\000\000\000\000\000\020\000\001\000\000\000\000\000\020\000\000\000\000\000'
table nowhere '\046\000\000\000\000\000\000\000\000\000\000\000\000\000\020\000\001\000\000\000\000\000\331\376\000\000\000\000'
refuses() { # NAME PATTERN
	timeout 60 "${QEMU_X86_64:-qemu-system-x86_64}" -machine q35 -accel tcg -cpu max -m 256M -nodefaults -display none -no-reboot \
		-blockdev driver=file,filename="$tmp/file",node-name=a -device nvme,drive=a,serial=a \
		-serial "file:$tmp/console" -device isa-debug-exit,iobase=0xf4,iosize=4 -kernel "$B/q35/copy.elf" \
		-append "IOMMU=vtd bytes=65536" ${3:+-acpitable "sig=DMAR,rev=1,data=$3"} >"$tmp/qemu" 2>&1
	status=$?
	tr -d '\r' <"$tmp/console" >"$tmp/log"
	check "$1: refused, with a reason" says "$2"
	check "$1: no disk was touched, the machine ends with an error" [ "$status" -ne 33 -a "$status" -ne 124 ]
	check "$1: nothing was copied" says_not 'copied'
}
refuses "no DMAR" 'no VT-d'
refuses "a DMAR without units" 'DMAR: the table is refused: it names no unit' "$tmp/width"
refuses "a structure of no length" 'DMAR: structure at offset 48: length' "$tmp/endless"
refuses "a structure past the end" 'DMAR: structure at offset 48: length' "$tmp/overlong"
refuses "registers in the middle of memory" 'its registers lie in memory' "$tmp/in_memory"
refuses "registers where nothing is" 'no unit at the address|no queued invalidation' "$tmp/nowhere"
echo "1..$tests"
[ "$failed" -eq 0 ]
