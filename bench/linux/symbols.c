// SPDX-License-Identifier: GPL-2.0
/* Which functions of Linux's are of DMA, and where they are. */
#include "symbols.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* With idle=poll a CPU that has nothing to do turns here: what it takes is the host's time, and not counted. */
#define IDLE "cpu_idle_poll"

/* Functions of Linux's DMA API, its IOMMU layer, its addresses, and the driver of VT-d; and that of the idle CPU. */
static int is_dma(const char *name)
{
	static const char *const begins[] = {
		"dma_map_",	 "dma_unmap_",	 "dma_sync_",
		"__dma_map",	 "__dma_sync",	 "dma_direct_",
		"__dma_direct",	 "dma_iommu",	 "dma_free_iova",
		"iommu_",	 "__iommu_",	 "alloc_iova",
		"__alloc_iova",	 "free_iova",	 "__free_iova",
		"iova_",	 "__iova_",	 "private_",
		"remove_iova",	 "intel_iommu_", "__domain_mapping",
		"domain_unmap",	 "dma_pte_",	 "pfn_to_dma_pte",
		"qi_",		 "cache_tag_",	 "swiotlb_",
		"fq_",		 "queue_iova",	 "clflush_cache_range",
		"dma_pool_",	 "__cache_tag",	 "calculate_psi",
		"dma_mapping_",	 "__dma_page",	 "dma_alloc",
		"dma_free",	 "dma_4",	 "dma_iova",
		"cached_iova",	 "domain_flush", "switch_to_super",
		"__qi_",	 "dev_use_",	 "dma_need",
		"__dma_need",	 "is_swiotlb",	 "first_level",
		"arch_sync_dma",
	};
	static const char *const others[] = {"iommu_group", "iommu_device_reg", "fq_codel", "fq_pie", "private_tree"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strncmp(name, others[i], strlen(others[i])))
			return 0;
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (!strncmp(name, begins[i], strlen(begins[i])))
			return 1;
	return !strncmp(name, IDLE, strlen(IDLE));
}

struct symbol {
	unsigned long long at;
	char name[64];
	char kind;
};

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

/* The end of a function is where the next symbol of the text begins: kallsyms has no sizes, and an order of its own. */
int print_symbols(void)
{
	enum { MOST = 400000 };
	struct symbol *all = calloc(MOST, sizeof(*all));
	FILE *symbols = fopen("/proc/kallsyms", "r");
	char line[512];
	size_t n = 0;

	if (!all || !symbols)
		return -1;
	while (n < MOST && fgets(line, sizeof(line), symbols))
		if (!strchr(line, '[') && sscanf(line, "%llx %c %63s", &all[n].at, &all[n].kind, all[n].name) == 3 &&
		    strchr("tTwW", all[n].kind))
			n++;
	(void)fclose(symbols);
	qsort(all, n, sizeof(*all), by_address);
	for (size_t i = 0, next; i < n; i = next) {
		int wanted = 0;
		const char *name = all[i].name;

		for (next = i; next < n && all[next].at == all[i].at; next++)
			if (is_dma(all[next].name)) {
				wanted = 1;
				name = all[next].name;
			}
		if (wanted && next < n)
			printf("symbol %llx %llx %s%s\n", all[i].at, all[next].at,
			       !strcmp(name, "qi_submit_sync")	    ? "="
			       : !strncmp(name, IDLE, strlen(IDLE)) ? "-"
								    : "",
			       name);
	}
	free(all);
	return 0;
}
