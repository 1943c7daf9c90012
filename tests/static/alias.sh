#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# alias.c with the library in one file, as one program that the compiler sees as a whole, and with the sanitizers; also that no header names a
# function of the C library, and that they live with a kernel's memcpy that is a macro.
. "$(dirname "$0")/tap.sh"
here=tests/static
arch=generic
[ ! -d "src/arch/$(uname -m)" ] || arch=$(uname -m)
core=$(library_sources CORE)
# shellcheck disable=SC2086 # sources are words
tools/amalgamate "$tmp/core" $core || exit 1

build_and_run() { # COMPILER FLAGS...
	b_compiler=$1
	shift
	"$b_compiler" -std=gnu11 -D_POSIX_C_SOURCE=200112L "$@" -Iinclude -Isrc/arch "-Isrc/arch/$arch" $here/alias.c "$tmp/core/dmastream.c" \
		tests/hosts/defaults.c -o "$tmp/alias" && "$tmp/alias"
}

try() { # COMPILER FLAGS...
	if ! have "$1"; then
		skip "$*" "$1 is missing"
	elif ! echo 'int main(void) { return 0; }' >"$tmp/x.c" || ! "$@" "$tmp/x.c" -o "$tmp/x" 2>/dev/null; then
		skip "$*" "$1 does not link so"
	else
		check "every access aliases every type: $*" build_and_run "$@"
	fi
}
try gcc -O2 -flto
try gcc -O3 -flto
try gcc -O3
try clang -O2 -flto -fuse-ld=lld
try clang -O3 -flto -fuse-ld=lld
try gcc -O1 -fsanitize=undefined,address -fno-sanitize-recover=all
try clang -O1 -fsanitize=undefined,address -fno-sanitize-recover=all

# What an access against the type of the memory does, so that the test can fail: the library of before.
mistaken() {
	cp -r src/arch "$tmp/arch"
	sed -i 's/ __attribute__((__may_alias__))//' "$tmp/arch/dmastream/native.h"
	# shellcheck disable=SC2086
	clang -std=c11 -D_POSIX_C_SOURCE=200112L -O3 -Iinclude "-I$tmp/arch" "-I$tmp/arch/$arch" $here/alias.c $core tests/hosts/defaults.c \
		-o "$tmp/mistaken" && ! "$tmp/mistaken"
}
if have clang; then # gcc 12 does not use what it may believe of them
	check "an access by type alone is seen" mistaken
else
	skip "an access by type alone is seen" "clang is missing"
fi

# No name of the C library's, in any header.
names() {
	for header in include/dmastream/*.h src/arch/dmastream/native.h src/arch/*/dmastream/arch.h; do
		! sed 's|/\*.*\*/||; s|//.*||' "$header" | grep -nE '^[^*]*\b(void|int|size_t|char) *\**(mem[a-z]+|str[a-z]+|printf|abort)\(' || return 1
	done
}
check "no header declares a function of the C library" names
cat >"$tmp/kernel.c" <<'END'
static void kernel_copy(void *to, const void *from, unsigned long n) { (void)to, (void)from, (void)n; }
#define memcpy(to, from, n) kernel_copy((to), (from), (n))
#define memset(to, value, n) _Static_assert(0, "no memset here")
#define memmove memcpy
#include <dmastream/dmastream.h>
#include <dmastream/platform.h>
#include <dmastream/iommu.h>
#include <dmastream/user.h>
void *use(void) { return (void *)kernel_copy; }
END
for compiler in gcc clang; do
	if have $compiler; then
		# shellcheck disable=SC2086
		check "a kernel whose memcpy is a macro, $compiler" $compiler -std=c11 $WARN -Wno-pedantic -Iinclude -Isrc/arch "-Isrc/arch/$arch" -fsyntax-only "$tmp/kernel.c"
	fi
done
finish
