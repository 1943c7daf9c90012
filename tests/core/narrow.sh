#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# The core on a host of 32 bits with more physical memory than addresses: no warning, and it runs. Skipped where the compiler
# has no such target or the system does not run such programs.
set -u
folder=$(mktemp -d "${TMPDIR:-/tmp}/dmastream.XXXXXX") || exit 1
trap 'rm -rf "$folder"' EXIT
sources=$(sed -n '/^DMASTREAM_CORE/,/[^\\]$/p' sources.mk | sed -n 's/.*\(src\/[a-z_/]*\.c\).*/\1/p')

printf 'int x;\n_Static_assert(sizeof(void *) == 4, "");\n' >"$folder/probe.c"
if ! gcc -m32 -ffreestanding -c "$folder/probe.c" -o "$folder/probe.o" 2>/dev/null; then
	echo "1..0 # SKIP gcc has no 32-bit target"
	exit 0
fi
# shellcheck disable=SC2086
if ! gcc -m32 -march=i686 -std=c11 -O2 -ffreestanding -fno-pic -fno-stack-protector -nostdlib -static -no-pie -Wall -Wextra -Werror \
	-Wconversion -Wcast-qual -Wpointer-arith -Iinclude -Isrc/arch -Isrc/arch/generic $sources tests/core/narrow/host.c tests/hosts/defaults.c \
	-o "$folder/narrow" >"$folder/log" 2>&1; then
	sed 's/^/# /' "$folder/log"
	echo "1..1"
	echo "not ok 1 - the core compiles without a warning on a host of 32 bits"
	exit 1
fi
cat >"$folder/exit.c" <<'END'
void _start(void) { __asm__("mov $1, %eax\n\txor %ebx, %ebx\n\tint $0x80"); }
END
if gcc -m32 -O1 -ffreestanding -fno-pic -nostdlib -static -no-pie "$folder/exit.c" -o "$folder/exit" && "$folder/exit" 2>"$folder/log"; then
	"$folder/narrow"
else
	echo "1..1"
	echo "ok 1 - the core compiles without a warning on a host of 32 bits # SKIP but this system does not run it"
fi
