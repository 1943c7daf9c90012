#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# What map and release cost does not grow with what lives, through the driver of each kind of IOMMU: the short form of `make growth-units`
# (100 live mappings against 10 000, a page and a mix, strict and deferred), with its limits; and that the limits notice what passes them.
. "$(dirname "$0")/../static/tap.sh"
B=$(cd "${B:-build}" && pwd)
export B

grows() { # MACHINE IOMMU EMULATOR NAME...
	machine=$1 iommu=$2 emulator=$3
	shift 3
	if ! have "$emulator"; then
		skip "$machine, $iommu" "no $emulator"
		return
	fi
	mkdir -p "$tmp/growth" "$tmp/$machine"
	ln -sf "$B/$machine"/growth.* "$tmp/$machine/"
	B=$tmp IOMMU=$iommu OPTIONS="lives=100,10000 samples=1000 churn=5000" timeout 100 bench/growth/run units "$machine" >"$tmp/log" 2>&1
	status=$?
	grep 'LIMIT\|growth:\|^|' "$tmp/log" | sed 's/^/# /'
	check "$machine, $iommu" test $status -eq 0
	for name; do
		check "$machine, $name: few and many, strict and deferred" grep -q "^| $name | $machine | [0-9]*, [0-9]* | [0-9]*, [0-9]* | [0-9]*, [0-9]* | [0-9]*, [0-9]* |" "$tmp/log"
	done
}
grows q35 vtd qemu-system-x86_64 vtd
grows q35 amdvi qemu-system-x86_64 amdvi
grows q35 virtio qemu-system-x86_64 virtio
grows arm64 smmuv3 qemu-system-aarch64 smmuv3
grows riscv64 riscv qemu-system-riscv64 riscv riscv-pci

# The limits are no decoration: replacements that the unit was not told of, strict and deferred, faults, quarantine, tables that stay.
cat >"$tmp/grown" <<'X'
{"what": "memory", "size": 1, "live": 100, "mask": 48, "deferred": 0, "empty": 7, "full": 9, "released": 9, "reclaimed": 24}
{"what": "unit", "size": 1, "live": 100, "deferred": 0, "replaced": 18000, "invalidations": 17999, "faults": 0, "quarantined": 0}
{"what": "unit", "size": 1, "live": 100, "deferred": 1, "replaced": 18000, "invalidations": 0, "faults": 1, "quarantined": 1}
X
past() { # IOMMU COUNT
	awk -v unit=instructions -v iommu="$1" -f bench/growth/table.awk "$tmp/grown" >"$tmp/log"
	[ $? -eq 1 ] && [ "$(grep -c "LIMIT PASSED" "$tmp/log")" -eq "$2" ]
}
check "past each limit, the table ends with a failure and names all five" past vtd 5
check "what passes by is told nothing: three" past none 3
# A machine that prints nothing is a failure, of each program that runs them.
nothing() { # PROGRAM ARGUMENT...
	! B=$tmp/none IOMMU=vtd "$@" >"$tmp/log" 2>&1 && grep -q "has not been built" "$tmp/log"
}
check "bench/run: a machine that does not start fails it" nothing bench/run q35
check "bench/growth/run: the same" nothing bench/growth/run units q35
finish
