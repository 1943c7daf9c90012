#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# What the core weighs in a small kernel: the amalgamation, one file, compiled with -Os for bare machines, without unwind tables, and
# linked with --gc-sections by a driver that uses map, alloc, sync, read, write, release and coherent memory (driver.c, which counts).
# Code and constants are counted. Each configuration has a limit on each architecture, and what it asks of its host is listed.
#     tests/config/size.sh        the small core, on x86-64 and RISC-V
#     tests/config/size.sh all    every configuration and architecture, as a table behind the tests
. "$(dirname "$0")/../static/tap.sh"

words=${1-}
small_hooks='cpu frames_alloc frames_free info_get interrupts_on is_ram linear lock log page_alloc page_free unlock'
none="$(sed -n 's/^CONFIG_SWITCHES := //p' tests/config/build.mk)"
size=$(first_of llvm-size-19 llvm-size size) || size='size'
nm=$(first_of llvm-nm-19 llvm-nm nm) || nm='nm'
linker=$(first_of ld.lld-19 ld.lld) || linker=ld.lld
clang19=$(first_of clang-19 clang-20 clang-18 clang-17 clang-16) || clang19=clang
make -s "B=$tmp/build" amalgamation >"$tmp/log" 2>&1 || not_ok "make amalgamation" "$tmp/log"
two=$tmp/build/amalgamation
sed 's|<dmastream/dmastream.h>|"dmastream.h"|' tests/config/driver.c >"$tmp/driver.c"
: >"$tmp/table"

# Bytes of code and constants of a file.
text() { # FILE
	"$size" -A "$1" | awk '$1 ~ /^[.](text|rodata|srodata)/ { sum += $2 } END { print sum + 0 }'
}

# Hooks that a file asks for.
hooks() { # FILE
	"$nm" -u "$1" | sed -n 's/.*dma_host_//p' | sort | tr '\n' ' ' | sed 's/ $//'
}

small_enough() { # TEXT LIMIT
	[ "$1" -gt 1000 ] && [ "$1" -le "$2" ]
}

# Compiles the two files with FLAGS and links them: build COMPILER LINKER FLAGS...
build() {
	build_cc=$1 build_ld=$2
	shift 2
	rm -f "$tmp/dmastream.o" "$tmp/driver.o" "$tmp/out"
	# shellcheck disable=SC2086 # WARN is words
	for file in "$two/dmastream.c" "$tmp/driver.c"; do
		"$build_cc" -std=c11 $WARN $WARN_C -Os -ffreestanding -ffunction-sections -fdata-sections -fno-unwind-tables \
			-fno-asynchronous-unwind-tables "$@" "-I$two" -c "$file" -o "$tmp/$(basename "$file" .c).o" || return 1
	done
	"$build_ld" -e driver --gc-sections --unresolved-symbols=ignore-all "$tmp/dmastream.o" "$tmp/driver.o" -o "$tmp/out"
}

try() { # ARCH COMPILER LINKER CONFIGURATION LIMIT FLAGS...
	name="$4 on $1 ($2)"
	arch=$1 cc=$2 ld=$3 configuration=$4 limit=$5
	shift 5
	if ! have "$cc" "$ld" "$nm" "$size" || ! echo 'int x; int *driver(void); int *driver(void) { return &x; }' |
		"$cc" "$@" -Os -xc -c -o "$tmp/x.o" - 2>/dev/null || ! "$ld" -e driver "$tmp/x.o" -o "$tmp/x" 2>/dev/null; then
		skip "$name" "$cc or $ld does not know $arch, or an LLVM tool is missing"
		return
	fi
	case $configuration in
	full) ;;
	small) set -- "$@" -DDMA_CONFIG_SMALL=1 ;;
	least) for switch in $none; do set -- "$@" "-DDMA_CONFIG_$switch=0"; done ;;
	esac
	if ! build "$cc" "$ld" "$@" >"$tmp/log" 2>&1; then
		not_ok "$name: compiles and links" "$tmp/log"
		return
	fi
	bytes=$(text "$tmp/out") asked=$(hooks "$tmp/dmastream.o")
	check "$name: $bytes bytes of text, at most $limit" small_enough "$bytes" "$limit"
	# shellcheck disable=SC2086 # hooks are words
	set -- $asked
	printf '  %-12s %-10s %-8s %6d of %6d bytes, %2d hooks\n' "$arch" "$cc" "$configuration" "$bytes" "$limit" $# >>"$tmp/table"
	[ "$configuration" = small ] || return 0
	check "$name: asks its host for twelve hooks, no more" test "$asked" = "$small_hooks"
}

x86="-mno-sse -mno-mmx -mno-80387 -mno-red-zone -mcmodel=kernel -fno-pic"
configurations() { # ARCH COMPILER LINKER "SMALL LEAST FULL" FLAGS...
	arch_cc_ld="$1 $2 $3" limits=$4
	shift 4
	# shellcheck disable=SC2086 # words
	set -- "$arch_cc_ld" "$limits" "$@"
	arch_cc_ld=$1 limits=$2
	shift 2
	for limit in $limits; do
		[ "$words" = all ] || [ "${limit%%=*}" = small ] || continue
		# shellcheck disable=SC2086 # words
		try $arch_cc_ld "${limit%%=*}" "${limit#*=}" "$@"
	done
}

# shellcheck disable=SC2086 # flags are words
configurations x86_64 gcc ld "small=6144 least=5120 full=12800" $x86
# shellcheck disable=SC2086
configurations x86_64 clang "$linker" "small=6144 least=5120 full=13952" --target=x86_64-unknown-elf $x86
configurations riscv64 clang "$linker" "small=6144 least=5120 full=12288" --target=riscv64-unknown-elf -march=rv64imac -mabi=lp64 -mno-relax
if [ "$words" = all ]; then
	configurations aarch64 clang "$linker" "small=6656 least=5632 full=14720" --target=aarch64-unknown-elf -mgeneral-regs-only -mstrict-align
	configurations loongarch64 "$clang19" "$linker" "small=6656 least=5632 full=15232" --target=loongarch64-linux-gnusf -msoft-float
fi

# The checks can fail.
if have gcc && build gcc ld -mcmodel=kernel -fno-pic >"$tmp/log" 2>&1; then
	check "so would a hook that the small core does not need" test "$(hooks "$tmp/dmastream.o")" != "$small_hooks"
	check "and the text of the full core" sh -c "! [ $(text "$tmp/out") -le 6144 ]"
fi
[ ! -s "$tmp/table" ] || sed 's/^/# /' "$tmp/table"
finish
