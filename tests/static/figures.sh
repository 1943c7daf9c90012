#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Figures that the code defines, as the pages of docs/ say them: % in a sentence is what the code has. Lines may be broken anywhere.
. "$(dirname "$0")/tap.sh"

cat >"$tmp/figures.c" <<'EOC'
#include "src/base/node.h"
#include "src/iommu/space/space_batch.h"
#include <stdio.h>

int main(void)
{
	printf("ledger_words %d\n", (int)DMA_LEDGER_WORDS);
	printf("ledger_bytes %d\n", (int)sizeof(((struct dma_device *)0)->ledger));
	printf("ledger_bits %d\n", (int)DMA_LEDGER_COUNT_BITS);
	printf("node_bytes %d\n", (int)DMA_NODE_SIZE);
	printf("slot_bytes %d\n", (int)sizeof(struct dma_owed));
	printf("batch %d\n", (int)DMA_BATCH_COUNT);
	printf("batch_mib %d\n", (int)(DMA_BATCH_BYTES >> 20));
	printf("batch_ms %d\n", (int)(DMA_BATCH_NS / 1000000));
	printf("recent %d\n", (int)DMA_IOVA_RECENT);
	printf("few_recent %d\n", (int)DMA_IOVA_FEW_RECENT);
	printf("chunk_mib %d\n", (int)(DMA_IOVA_CHUNK_PAGES >> 8));
	return 0;
}
EOC
check "the figures of the code" gcc -std=c11 -w -I. -Iinclude -Isrc/arch -Isrc/arch/generic "$tmp/figures.c" -o "$tmp/figures"
"$tmp/figures" >"$tmp/values" 2>/dev/null
defined() { # NAME FILE: a constant that is no header's
	sed -n "s/^#define $1  *\([0-9][0-9]*\).*/\1/p" "$2"
}
{
	echo "reserve_nodes $(defined RESERVE_NODES src/init.c)"
	echo "run_locks $((1 << $(defined LOCK_BITS src/memory/run.c)))"
} >>"$tmp/values"

said() { # PAGE VALUE SENTENCE
	value=$(awk -v name="$2" '$1 == name { print $2 }' "$tmp/values")
	sentence=$(echo "$3" | sed "s/%/$value/")
	if [ -n "$value" ] && tr -s ' \n\t' '   ' <"$1" | grep -qF "$sentence"; then
		ok "$1: $sentence"
	else
		echo "the code has ${value:-nothing} for $2" >"$tmp/why"
		not_ok "$1: $sentence" "$tmp/why"
	fi
}

said docs/design.md ledger_words "Each device has % words"
said docs/design.md ledger_bytes "words, % bytes"
said docs/design.md ledger_bits "The low % bits of a word count its streams"
said docs/design.md slot_bytes "in a slot of % bytes while a deferred release waits"
said docs/design.md node_bytes "(runs, and what is owed; % bytes)"
said docs/design.md reserve_nodes "(\`reserve_nodes\` of \`dma_host_info\`, % by default)"
said docs/design.md run_locks "A family has one of % locks"
said docs/iommu.md batch "(% with pages of 4 KiB)"
said docs/security.md batch "(defaults with pages of 4 KiB: % releases a CPU"
said docs/security.md batch_mib "releases a CPU, % MiB a domain"
said docs/security.md batch_ms "MiB a domain, % ms"
said docs/iommu.md batch_mib "its share of % MiB"
said docs/iommu.md batch_ms "its oldest is % ms old"
said docs/iommu.md recent "A stack holds % ranges where releases are deferred"
said docs/iommu.md few_recent "as many as a batch gives back, and % where they are not"
said docs/iommu.md chunk_mib "a page of books for % MiB"

# It can fail.
failures_before=$failures tests_before=$tests
said docs/design.md ledger_words "Each device has % hundred words" >"$tmp/log"
wrong=$((failures - failures_before))
failures=$failures_before tests=$tests_before
check "a figure that the page has otherwise would be seen" test "$wrong" -eq 1
finish
