#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# ./run refuses wrong input before it starts anything: one clear line, status 2.
. "$(dirname "$0")/../static/tap.sh"
. tests/main-job/jobs.sh

refuses() { # NAME TEXT ARGUMENT...
	name=$1 text=$2
	shift 2
	timeout 20 ./run "$@" >"$tmp/out" 2>&1 </dev/null
	status=$?
	if [ "$status" -eq 2 ] && [ "$(wc -l <"$tmp/out")" -eq 1 ] && grep -q -e "$text" "$tmp/out"; then
		ok "$name"
	else
		echo "status $status" >>"$tmp/out"
		not_ok "$name" "$tmp/out"
	fi
}

: >"$tmp/file"
mkfifo "$tmp/fifo"
refuses "no such file" "no such file" "$tmp/missing"
refuses "a folder" "is a directory" "$tmp"
refuses "a pipe" "not a regular file" "$tmp/fifo"
refuses "an empty name" "is empty" ""
refuses "two files" "one too many" "$tmp/file" "$tmp/file"
refuses "an unknown machine" "MACHINE=pdp11 is not known; there are: q35" MACHINE=pdp11
refuses "an unknown IOMMU" "IOMMU=magic is not known on q35; there are: " MACHINE=q35 IOMMU=magic
refuses "an unknown option" "unknown option COLOUR" COLOUR=red
refuses "no seconds" "SECONDS=0: is not a number of seconds" APP=net SECONDS=0
refuses "more than a day" "SECONDS=86401: is more than a day" APP=net MACHINE=sim SECONDS=86401
refuses "an unknown switch" "unknown option --fast" --fast
refuses "OUT is a folder" "is a directory" "$tmp/file" OUT="$tmp"
refuses "OUT in no folder" "there is no folder" "$tmp/file" OUT="$tmp/none/copy"
refuses "OUT is FILE" "is FILE itself" "$tmp/file" OUT="$tmp/file"
refuses "a number that is none" "TARGET_SIZE=big: is not a number" "$tmp/file" TARGET_SIZE=big
refuses "a switch that is no 1" "ICOUNT=maybe: is not 1" "$tmp/file" ICOUNT=maybe
refuses "no patience at all" "STALL=0: is not a number of seconds" "$tmp/file" STALL=0
refuses "an unknown accelerator" "ACCEL=fast: is not kvm or tcg" "$tmp/file" ACCEL=fast
refuses "no CPU" "CPUS=0: is not 1 to 16" "$tmp/file" CPUS=0
refuses "too many CPUs" "CPUS=17: is not 1 to 16" "$tmp/file" CPUS=17
refuses "CPUs that are no number" "CPUS=two: is not 1 to 16" "$tmp/file" CPUS=two
refuses "several CPUs of the simulated machine" "CPUS=2: the simulated machine has one" "$tmp/file" MACHINE=sim CPUS=2
refuses "instructions of several CPUs" "CPUS=2: instructions are counted on one CPU" "$tmp/file" CPUS=2 ICOUNT=1
refuses "interrupts that are neither on nor off" "INTERRUPTS=maybe: is not on or off" "$tmp/file" INTERRUPTS=maybe
refuses "two disks at most" "DISKS=3" "$tmp/file" DISKS=3

# What a user may not do, root may: as root the rest runs as somebody else.
as_nobody() {
	if [ "$(id -u)" -ne 0 ]; then
		"$@"
	else
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	fi
}
chmod 755 "$tmp"
mkdir -m 755 "$tmp/readonly"
: >"$tmp/readonly/file"
chmod 444 "$tmp/readonly/file"
: >"$tmp/secret"
chmod 0 "$tmp/secret"
if [ "$(id -u)" -ne 0 ] || { have setpriv && as_nobody test -r tools/launch; }; then
	nobody_refuses() { # NAME TEXT OPTION...
		name=$1 text=$2
		shift 2
		as_nobody env "$@" tools/launch --check >"$tmp/out" 2>&1
		status=$?
		if [ "$status" -ne 0 ] && [ "$(wc -l <"$tmp/out")" -eq 1 ] && grep -q -e "$text" "$tmp/out"; then ok "$name"; else not_ok "$name" "$tmp/out"; fi
	}
	[ "$(id -u)" -eq 0 ] || chmod 555 "$tmp/readonly"
	nobody_refuses "a file that may not be read" "cannot be read" FILE="$tmp/secret"
	nobody_refuses "OUT that may not be written" "cannot be written" OUT="$tmp/readonly/file"
	nobody_refuses "OUT in a folder that may not be written" "folder cannot be written" OUT="$tmp/readonly/new"
else
	skip "files of others" "no other user can see this folder"
fi

# Without QEMU the simulated machine runs, and it is said; but not where QEMU's machine was asked for by name.
head -c 100000 /dev/urandom >"$tmp/file"
job FILE="$tmp/file" QEMU=/nonexistent
status=$?
check "no QEMU: the simulated machine" equal "status, machine, verified, told" \
	"$status $(result machine) $(result verified) $(grep -c 'QEMU is not there.*simulated machine' "$tmp/out")" "0 sim true 1"
fails "no QEMU, but its machine was asked for" "QEMU is not there (/nonexistent); MACHINE=sim" FILE="$tmp/file" QEMU=/nonexistent MACHINE=q35

# What only the machine can know is one line of its own, without make's.
one_line() { # NAME TEXT ARGUMENT...
	name=$1 text=$2
	shift 2
	(unset MAKEFLAGS MAKELEVEL && timeout 60 ./run MACHINE=sim "$@" RESULTS="$tmp/run") >"$tmp/out" 2>&1 </dev/null
	status=$?
	if [ "$status" -ne 0 ] && [ "$status" -ne 124 ] && [ "$(wc -l <"$tmp/out")" -eq 1 ] && grep -q -e "$text" "$tmp/out"; then
		ok "$name"
	else
		not_ok "$name" "$tmp/out"
	fi
}
one_line "a number that is out of range" "^error: option slots=0 is not a number in its range" "$tmp/file" SLOTS=0
one_line "a disk that fails" "^error: simdisk0: read of" "$tmp/file" SOURCE_ERROR_AT=0

options_of() { # what run takes
	sed -n '/MACHINE | IOMMU/,/export/p' run | grep -o '[A-Z_]\{4,\}\|OUT\|SIM' | sort -u
}
all_explained() {
	./run --help >"$tmp/help" && [ "$(wc -l <"$tmp/help")" -lt 30 ] || return 1
	for option in $(options_of) FILE OUT; do
		grep -q -w "$option" "$tmp/help" || { echo "$option is not explained" && return 1; }
	done
}
check "help explains every option, and ends there" all_explained
finish
