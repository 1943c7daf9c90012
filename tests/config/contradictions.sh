#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Configurations that contradict themselves, or what is compiled with them, do not compile, and the error names the switch.
. "$(dirname "$0")/../static/tap.sh"

printf '#include <dmastream/dmastream.h>\n' >"$tmp/user.c"
printf '#include <dmastream/vtd.h>\n' >"$tmp/vtd.c"
switches=$(sed -n 's/^CONFIG_SWITCHES := //p' tests/config/build.mk)

compile() { # FILE FLAGS...
	file=$1
	shift
	"$cc" -std=c11 -Wall -Wextra -Wundef -Werror -Iinclude -Isrc/arch -Isrc/arch/generic "$@" -fsyntax-only "$file"
}

refused() { # WORD FILE FLAGS...: does not compile, and says the word
	word=$1
	shift
	if compile "$@" >"$tmp/out" 2>&1; then return 1; fi
	grep -q error "$tmp/out" && grep "$word" "$tmp/out" && return
	cat "$tmp/out"
	return 1
}

# What config.h knows is what the tests build, and no more. (WATCH is 0 unless it is asked for: tests/watch builds it with 1.)
known() { sed -n 's/^#ifndef DMA_CONFIG_\([A-Z]*\)$/\1/p' include/dmastream/config.h | grep -v '^WATCH$' | sort | tr '\n' ' '; }
# shellcheck disable=SC2086 # words
check "every switch is built with 0 by the tests" test "$(known)" = "$(printf '%s\n' $switches | sort | tr '\n' ' ')"

for cc in gcc clang; do
	have $cc || { skip "$cc" "$cc is missing"; continue; }
	check "$cc: the full configuration compiles" compile "$tmp/user.c"
	for switch in $switches; do
		check "$cc: $switch as 2 is refused" refused "DMA_CONFIG_$switch is 0 or 1" "$tmp/user.c" "-DDMA_CONFIG_$switch=2"
		check "$cc: so is -1" refused "DMA_CONFIG_$switch is 0 or 1" "$tmp/user.c" "-DDMA_CONFIG_$switch=-1"
		check "$cc: and a word" refused "DMA_CONFIG_$switch" "$tmp/user.c" "-DDMA_CONFIG_$switch=yes"
	done
	check "$cc: a confidential VM without bounces" refused "DMA_CONFIG_CVM 1 contradicts DMA_CONFIG_BOUNCE 0" "$tmp/user.c" -DDMA_CONFIG_BOUNCE=0
	check "$cc: late frees with high memory" refused "DMA_CONFIG_LATE_FREES 1 contradicts DMA_CONFIG_HIGHMEM 1" "$tmp/user.c" \
		-DDMA_CONFIG_LATE_FREES=1
	check "$cc: the small core in a confidential VM" refused "DMA_CONFIG_CVM 1 contradicts DMA_CONFIG_BOUNCE 0" "$tmp/user.c" \
		-DDMA_CONFIG_SMALL=1 -DDMA_CONFIG_CVM=1
	check "$cc: the small core with an IOMMU's header" refused "DMA_CONFIG_IOMMU 0 contradicts" "$tmp/vtd.c" -DDMA_CONFIG_SMALL=1
	check "$cc: an IOMMU's source without IOMMUs" refused "DMA_CONFIG_IOMMU 0 contradicts" src/iommu/unit/unit.c -DDMA_CONFIG_IOMMU=0

	# The ways to say it.
	printf '#include <dmastream/config.h>\n#if DMA_CONFIG_LOG || DMA_CONFIG_IOMMU || !DMA_CONFIG_CVM\n#error not mine\n#endif\n' >"$tmp/mine.c"
	mkdir -p "$tmp/found"
	printf '#define DMA_CONFIG_LOG 0\n#define DMA_CONFIG_IOMMU 0\n' | tee "$tmp/named.h" >"$tmp/found/dmastream_config.h"
	check "$cc: a file dmastream_config.h is found" compile "$tmp/mine.c" "-I$tmp/found"
	check "$cc: a file of another name is named" compile "$tmp/mine.c" "-DDMA_CONFIG_FILE=\"$tmp/named.h\""
	check "$cc: without either, it would be seen" refused "not mine" "$tmp/mine.c"
	check "$cc: the small core, but for one switch" compile "$tmp/user.c" -DDMA_CONFIG_SMALL=1 -DDMA_CONFIG_SPLIT=1
done
finish
