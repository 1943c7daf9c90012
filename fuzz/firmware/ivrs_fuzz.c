/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fuzzer: any bytes as an IVRS table, with memory that runs out. Either an error and nothing known; or a description
 * that is sound. The first byte says how many pages there are.
 */
#include "../../src/iommu/amdvi/ivrs.h"
#include "../../tests/hosts/lines.h"
#include "../claim.h"
#include <dmastream/errors.h>

#include <stdlib.h>
#include <string.h>

/* Named as an alias, or as a source of interrupts. */
static bool known(const struct dma_ivrs_unit *unit, uint16_t id)
{
	for (const struct dma_ivrs_devices *entry = unit->devices; entry; entry = entry->next)
		if ((entry->aliased && entry->alias == id) || (entry->interrupts && entry->first == id))
			return true;
	return false;
}

static void sound(const struct dma_ivrs *ivrs)
{
	unsigned usable = 0;

	CLAIM(ivrs->width >= 32 && ivrs->width <= 52 && ivrs->virtual_width >= 32 && ivrs->virtual_width <= 64);
	for (const struct dma_ivrs_unit *a = ivrs->units; a; a = a->next) {
		usable += a->registers != 0;
		CLAIM(a->registers % 16384 == 0);
		for (const struct dma_ivrs_devices *devices = a->devices; devices; devices = devices->next)
			CLAIM(devices->first <= devices->last && !(devices->aliased && devices->interrupts));
		for (const struct dma_ivrs_unit *b = a->next; b; b = b->next)
			CLAIM(!a->registers || a->registers != b->registers);
	}
	CLAIM(usable >= 1);
	for (const struct dma_ivrs_region *region = ivrs->regions; region; region = region->next)
		CLAIM(region->base < region->limit && region->base % 4096 == 0 && region->limit % 4096 == 4095 &&
		      region->first <= region->last && region->dir && region->dir <= DMA_BIDIRECTIONAL);
	for (uint32_t requester = 0; requester < 0x20000; requester += 997) {
		const struct dma_ivrs_devices *devices = NULL;
		const struct dma_ivrs_unit *unit = dma_ivrs_unit_of(ivrs, requester, &devices);

		CLAIM(!unit || (unit->segment == requester >> 16 && (devices || known(unit, (uint16_t)requester))));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t seed = size ? data[0] : 0;
	size_t nbytes = size ? size - 1 : 0;
	uint8_t *exact = malloc(nbytes ? nbytes : 1); /* so that the sanitizer sees one byte too far */
	struct dma_ivrs ivrs;
	int result;

	if (size > 1)
		memcpy(exact, data + 1, nbytes);
	lines_begin(seed & 2 ? -1 : seed >> 2 & 7);
	result = dma_ivrs_parse(exact, nbytes, &ivrs);
	CLAIM(lines_count() <= 258);
	if (result) {
		CLAIM(result == DMA_EINVAL || result == DMA_ENOMEM);
		CLAIM(result == DMA_ENOMEM || lines_count() > 0);
		CLAIM(!ivrs.units && !ivrs.regions && !ivrs.store.pages);
	} else {
		sound(&ivrs);
	}
	dma_ivrs_free(&ivrs);
	CLAIM(lines_pages() == 0);
	free(exact);
	return 0;
}
