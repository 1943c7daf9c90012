#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# The copy on bare machines with one CPU, with disks that interrupt it. They leave a CPU of this machine's to others; cpus.sh has the rest.
. "$(dirname "$0")/../static/tap.sh"
. tests/bare/copies.sh

for machine in q35:x86_64 arm64:aarch64 riscv64:riscv64 loongarch64:loongarch64; do
	emulator=qemu-system-${machine#*:} machine=${machine%:*}
	if ! have "$emulator"; then
		skip "$machine" "no $emulator"
	elif [ "$machine" = loongarch64 ] && [ ! -f "$B/loongarch64/copy.elf" ]; then
		skip "loongarch64" "no LLVM of 17 or newer built it"
	else
		"${machine}_copies" 1
	fi
done
finish
