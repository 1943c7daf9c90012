#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# The programs of tools/ on a command line that makes no sense: one line that names what is wrong, status 2, and nothing left behind; and
# --help, which says what a program is for and ends with 0.
. "$(dirname "$0")/tap.sh"

# What is there, so that whatever a program leaves behind shows.
listing() {
	{ ls -A . tools tests "$tmp/cwd"; ls -l build 2>/dev/null | wc -l; } 2>&1
}

mkdir "$tmp/cwd"
refuses() { # TEXT PROGRAM ARGUMENT...: the line has TEXT, a basic regular expression
	text=$1
	shift
	listing >"$tmp/before"
	timeout 30 "$@" >"$tmp/out" 2>&1 </dev/null
	status=$?
	listing >"$tmp/after"
	if [ "$status" -eq 2 ] && grep -q -e "$text" "$tmp/out" && cmp -s "$tmp/before" "$tmp/after"; then
		ok "$* is refused"
	else
		echo "status $status" >>"$tmp/out"
		diff "$tmp/before" "$tmp/after" >>"$tmp/out"
		not_ok "$* is refused: $text" "$tmp/out"
	fi
}

helps() { # PROGRAM
	listing >"$tmp/before"
	timeout 30 "$1" --help >"$tmp/out" 2>&1 </dev/null
	status=$?
	listing >"$tmp/after"
	if [ "$status" -eq 0 ] && [ "$(wc -w <"$tmp/out")" -gt 15 ] && cmp -s "$tmp/before" "$tmp/after" && ! grep -q SPDX "$tmp/out"; then
		ok "$1 --help"
	else
		not_ok "$1 --help: status $status" "$tmp/out"
	fi
}

# Every executable of tools/, so that a new one is looked at, too.
for program in tools/* bench/run bench/growth/run; do
	case $program in *.sh) continue ;; esac # those are sourced
	[ -f "$program" ] && [ -x "$program" ] || continue
	helps "$program"
	refuses "no-such-option" "$program" --no-such-option "$tmp/none"
done
refuses "FOLDER and a SOURCE" tools/amalgamate
refuses "FOLDER and a SOURCE" tools/amalgamate "$tmp/cwd/out"
refuses "none.c: there is no such" tools/amalgamate "$tmp/cwd/out" "$tmp/none.c"
refuses "argument too many: more" tools/arch-lines --check more
refuses "cc or run is needed" tools/dmacheck
refuses "no program is named" tools/dmacheck run
refuses "walk: is not cc or run" tools/dmacheck walk
refuses "none: no such program" tools/dmacheck run "$tmp/none"
refuses "walk: is not run, check" tools/install walk
refuses "unknown argument walk" tools/launch walk
refuses "MACHINE=pdp11 is not known" env MACHINE=pdp11 tools/launch --check
refuses "no argument: is not headers, modules" tools/linux-guest
refuses "walk: is not headers, modules" tools/linux-guest walk
refuses "BUILD\|build" tools/mutate
refuses "BUILD\|build" tools/orders
refuses "unknown argument walk" tools/profile walk
refuses "LIST and FOLDER" tools/putback
refuses "none: there is no such list" tools/putback "$tmp/none" "$tmp"
refuses "no command: is not check" tools/report
refuses "walk: is not check" tools/report walk
refuses "no report is named" tools/report print
refuses "no page is named" tools/report merge x --into
refuses "no program is named" tools/runtests
refuses "none: there is no such program" tools/runtests "$tmp/none"
refuses "MACHINE=pdp11 is not known" env MACHINE=pdp11 tools/stress
refuses "CPUS=two" env CPUS=two tools/stress
refuses "unknown argument walk" tools/stress walk
refuses "two programs are needed" tools/usb "$tmp/cwd/image"
refuses "none: there is no such file" tools/usb "$tmp/cwd/image" "$tmp/none" "$tmp/none"
refuses "no device is named" tools/vfio-bind
refuses "walk: is no name of a PCI device" tools/vfio-bind walk
refuses "no PCI device ffff:ff:1f.7" tools/vfio-bind ffff:ff:1f.7
refuses "no machine is named" bench/run
refuses "MACHINE=walk is not known" bench/run q35 walk
refuses "IOMMU=smmuv3 is not known on q35" env IOMMU=smmuv3 bench/run q35
refuses "walk: is not all, q35" bench/growth/run walk
refuses "no argument: is not all" bench/growth/run
refuses "no machine is named" bench/growth/run units
refuses "MACHINE=walk is not known" bench/growth/run units walk
refuses "IOMMU=riscv is not known on q35 arm64; there are: vtd amdvi virtio none smmuv3" env IOMMU=riscv bench/growth/run units q35 arm64
refuses "unknown option --fast" ./run --fast
refuses "unknown.*--fast" ./check --fast
finish
