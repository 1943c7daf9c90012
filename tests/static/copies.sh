#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# A byte that a device may change is read once for each copy, and no store to it is dropped (hazard 59): accesses counted in
# what compilers make of the copies.
. "$(dirname "$0")/tap.sh"

counts() { # COMPILER PATTERN FLAGS...: accesses of each function to what its first argument points to
	counts_compiler=$1 counts_pattern=$2
	shift 2
	"$counts_compiler" "$@" -std=c11 -ffreestanding -fomit-frame-pointer -O2 -Iinclude -Isrc/arch -c tests/static/copies.c \
		-o "$tmp/copies.o" || return
	for function in checked stored_twice filled_twice read_twice; do
		"$objdump" -d --no-show-raw-insn "$tmp/copies.o" |
			awk -v name="<$function>:" '/^[0-9a-f]+ <.*>:/ { inside = ($2 == name); next } inside' | grep -cE "$counts_pattern"
	done | paste -s -d' ' -
}

examine() { # COMPILER ARCH PATTERN FLAGS...
	compiler=$1 arch=$2 pattern=$3
	shift 3
	if ! have "$compiler" "$objdump" || ! echo 'int x;' | "$compiler" "$@" -xc -fsyntax-only - 2>/dev/null; then
		skip "$arch with $compiler" "$compiler is missing, does not know $arch, or nothing disassembles"
		return
	fi
	got=$(counts "$compiler" "$pattern" "$@" "-Isrc/arch/$arch" 2>&1)
	check "$arch with $compiler: read once, no store dropped ($got)" test "$got" = "1 2 2 2"
	got=$(counts "$compiler" "$pattern" "$@" "-Isrc/arch/$arch" -DPLAIN 2>&1)
	check "$arch with $compiler: copies that the compiler sees through would be seen ($got)" test "$got" = "1 1 1 1"
}

objdump=$(first_of llvm-objdump-19 llvm-objdump objdump) || objdump=llvm-objdump
[ "$(uname -m)" != x86_64 ] || examine gcc x86_64 '\(%rdi\)'
for clang in clang clang-19; do
	have $clang || continue
	examine $clang x86_64 '\(%rdi\)' --target=x86_64-linux-gnu
	examine $clang aarch64 '\[x0\]' --target=aarch64-linux-gnu
done
finish
