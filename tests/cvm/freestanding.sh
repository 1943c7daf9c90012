#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# The technologies of confidential VMs as a kernel compiles them: freestanding, for their architecture and three page sizes; they ask for
# three hooks and nothing else; the instructions are those of the manuals; each backend is small.
cd "$(dirname "$0")/../.." || exit 1
. tests/static/tap.sh

if ! have clang llvm-objdump llvm-nm; then
	skip "confidential VMs, freestanding" "clang, llvm-objdump or llvm-nm is missing"
	finish
fi

compile() { # ARCHITECTURE SHIFT SOURCE OBJECT
	clang "--target=$1-none-elf" -std=c11 $WARN $WARN_C -Os -ffreestanding -nostdlib "-DDMA_PAGE_SHIFT=$2" -Iinclude -Isrc/arch \
		"-Isrc/arch/$1" -c "$3" -o "$4"
}

strangers() { # OBJECT...: what none of them defines, and no hook is
	llvm-nm -u "$@" | awk 'NF == 2 && $1 == "U" { print $2 }' | sort -u |
		grep -v -x -e dma_host_linear -e dma_host_lock -e dma_host_unlock -e dma_cvm_credible -e memcpy -e memset
}

arch() { # ARCHITECTURE LIST
	for shift in 12 14 16; do
		all=
		for source in $(library_sources "$2"); do
			object=$tmp/$1.$(basename "$source" .c).o
			check "$source, $1, pages of 2^$shift bytes" compile "$1" $shift "$source" "$object"
			all="$all $object"
		done
		# shellcheck disable=SC2086
		strangers $all >"$tmp/log"
		check "no stranger is called, $1, 2^$shift" sh -c "cat '$tmp/log'; test ! -s '$tmp/log'"
	done
}
arch x86_64 CVM_X86
arch aarch64 CVM_ARM

bytes() { # OBJECT EXPRESSION
	llvm-objdump -d "$1" | grep -q -i -E "$2"
}
check "TDCALL" bytes "$tmp/x86_64.tdx.o" '66 0f 01 cc'
check "PVALIDATE" bytes "$tmp/x86_64.snp.o" 'f2 0f 01 ff'
check "VMGEXIT" bytes "$tmp/x86_64.snp.o" 'f3 0f 01 d9'
check "SMC" bytes "$tmp/aarch64.cca.o" 'smc[[:space:]]*#0'
for backend in tdx snp cca; do
	check "$backend.c has at most 350 lines" test "$(wc -l <src/cvm/$backend.c)" -le 350
done
finish
