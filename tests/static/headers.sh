#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Every public header compiles alone, as C11 and strict C++17 (no old casts, no function that hides a constructor), without a warning, twice in
# one file, and inside extern "C"; for pages of 4, 16 and 64 KiB.
. "$(dirname "$0")/tap.sh"

common="-Wpedantic -Wdouble-promotion -Wcast-align -Wswitch-enum -Wmissing-declarations -Wredundant-decls -fsyntax-only"
common="$common -Iinclude -Isrc/arch -Isrc/arch/generic"
c_flags="-std=c11 $WARN $WARN_C $common"
cxx_flags="-std=c++17 -x c++ -Wextra-semi -Wnon-virtual-dtor -Wold-style-cast -Wzero-as-null-pointer-constant -Woverloaded-virtual $common"

compiles() { # COMPILER SOURCE FLAGS...
	compiles_with=$1 compiles_what=$2
	shift 2
	"$compiles_with" "$@" "$compiles_what"
}

try() { # COMPILER LANGUAGE FLAGS: one test per header
	if ! have "$1"; then
		skip "headers with $1" "$1 is missing"
		return
	fi
	for header in include/dmastream/*.h; do
		name=${header#include/}
		printf '#include <%s>\n#include <%s>\nint nothing(void);\n' "$name" "$name" >"$tmp/alone.c"
		if [ "$2" = C++ ]; then
			printf 'extern "C" {\n#include <%s>\n}\nint nothing(void);\n' "$name" >"$tmp/wrapped.c"
		fi
		set -- "$1" "$2" "$3" # the arguments, kept for the next round
		# shellcheck disable=SC2086 # flags are words
		if compiles "$1" "$tmp/alone.c" $3 >"$tmp/log" 2>&1 && { [ "$2" = C ] || compiles "$1" "$tmp/wrapped.c" $3 >"$tmp/log" 2>&1; }; then
			ok "$name alone as $2 with $1"
		else
			not_ok "$name alone as $2 with $1" "$tmp/log"
		fi
	done
}

try gcc C "$c_flags"
try clang C "$c_flags"
try g++ C++ "$WARN $cxx_flags -Wuseless-cast"
try clang++ C++ "$WARN $cxx_flags"

echo '#include <dmastream/dmastream.h>' >"$tmp/all.c"
for shift in 14 16; do
	# shellcheck disable=SC2086
	check "pages of 2^$shift bytes" compiles gcc "$tmp/all.c" $c_flags -DDMA_PAGE_SHIFT=$shift
done
for arch in x86_64 aarch64 riscv64 loongarch64; do
	compiler=$(first_of clang-19 clang) || compiler=clang
	arch_flags=$(echo "$c_flags" | sed "s|arch/generic|arch/$arch|")
	if have "$compiler" && echo 'int x;' | "$compiler" --target=$arch-linux-gnu -xc -fsyntax-only - 2>"$tmp/log"; then
		# shellcheck disable=SC2086
		check "all of them for $arch" compiles "$compiler" "$tmp/all.c" --target=$arch-linux-gnu -ffreestanding \
			$arch_flags
	else
		skip "all of them for $arch" "no clang for $arch"
	fi
done

# The check can fail: a header that needs another one first, or warns, is seen.
cannot() {
	! compiles "$@"
}
printf 'static inline size_t f(void) { return 0; }\n' >"$tmp/needs.c"
# shellcheck disable=SC2086
check "a header that is not self-contained is refused" cannot gcc "$tmp/needs.c" $c_flags
printf 'static inline int f(long x) { return x; }\nint g(long);\nint g(long x) { return f(x); }\n' >"$tmp/warns.c"
# shellcheck disable=SC2086
check "a header that warns is refused" cannot clang "$tmp/warns.c" $c_flags
printf 'struct s { int x; };\nint s(struct s *);\n' >"$tmp/hides.c"
if have g++; then
	# shellcheck disable=SC2086
	check "a function that hides a constructor is refused" cannot g++ "$tmp/hides.c" $WARN $cxx_flags
fi
cat >"$tmp/names.c" <<'END'
#include <dmastream/dmastream.h>
#include <dmastream/iommu.h>
#include <dmastream/platform.h>
extern "C" int dma_host_info(dma_host_info *info)
{
	dma_stats s;
	dma_domain_stats d;
	dma_paddr_t p = dma_paddr(1);
	dma_daddr_t q = dma_daddr(2);

	dma_stats(&s);
	dma_domain_stats(&dma_domain_passthrough, &d);
	return info->cpus + static_cast<unsigned>(p.raw + q.raw + s.faults + d.faults) > 0 ? 0 : DMA_EIO;
}
END
for compiler in g++ clang++; do
	if have $compiler; then
		# shellcheck disable=SC2086
		check "structs and functions of one name in C++, $compiler" compiles $compiler "$tmp/names.c" $WARN $cxx_flags
	fi
done
finish
