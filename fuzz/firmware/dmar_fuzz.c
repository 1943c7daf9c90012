/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fuzzer: any bytes as a DMAR table, on any PCI bus, with memory that runs out. Either an error and nothing known; or a
 * description that is sound. The first byte says whether the checksum is put right and how many pages there are, and
 * seeds the bus.
 */
#include "../../src/iommu/vtd/dmar.h"
#include "../../tests/hosts/lines.h"
#include "../claim.h"
#include <dmastream/errors.h>

#include <stdlib.h>
#include <string.h>

static unsigned reads;

/* A bus of bridges that lead anywhere, in circles too. */
static uint32_t read32(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset)
{
	uint32_t seed = *(const uint8_t *)context;
	uint32_t mix = (seed + 1) * 2654435761u ^ (segment * 31u + bus * 257u + devfn * 65599u + offset) * 40503u;

	reads++;
	mix ^= mix >> 15;
	if (mix % 7 == 0)
		return ~(uint32_t)0;
	return offset == 0x0c && mix % 3 ? 0x010000 : mix;
}

static void sound(const struct dma_dmar *dmar)
{
	unsigned usable = 0;

	CLAIM(dmar->width >= 32 && dmar->width <= 64);
	for (const struct dma_dmar_unit *a = dmar->units; a; a = a->next) {
		usable += a->registers != 0;
		CLAIM(a->registers % 4096 == 0);
		for (const struct dma_dmar_unit *b = a->next; b; b = b->next)
			CLAIM(!a->registers || a->registers != b->registers);
	}
	CLAIM(usable >= 1);
	for (const struct dma_dmar_region *region = dmar->regions; region; region = region->next)
		CLAIM(region->base < region->limit && region->base % 4096 == 0 && region->limit % 4096 == 4095 &&
		      region->scopes);
	for (unsigned function = 0; function < 512; function += 7) {
		const struct dma_dmar_unit *unit =
			dma_dmar_unit_of(dmar, 0, (uint8_t)(function / 2), (uint8_t)function);

		CLAIM(!unit || unit->segment == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t seed = size ? data[0] : 0, sum = 0;
	struct dma_dmar_bus bus = {read32, &seed};
	size_t nbytes = size ? size - 1 : 0;
	uint8_t *exact = malloc(nbytes ? nbytes : 1); /* so that the sanitizer sees one byte too far */
	struct dma_dmar dmar;
	int result;

	if (size > 1)
		memcpy(exact, data + 1, nbytes);
	if (seed & 1 && nbytes >= 48) {
		uint32_t length;

		memcpy(&length, exact + 4, 4);
		length = length < nbytes ? length : (uint32_t)nbytes;
		for (uint32_t i = 0; i < length; i++)
			sum = (uint8_t)(sum + exact[i]);
		exact[9] = (uint8_t)(exact[9] - sum);
	}
	reads = 0;
	lines_begin(seed & 2 ? -1 : seed >> 2 & 7);
	result = dma_dmar_parse(exact, nbytes, &bus, &dmar);
	CLAIM(reads <= 2 * nbytes);
	CLAIM(lines_count() <= 258);
	if (result) {
		CLAIM(result == DMA_EINVAL || result == DMA_ENOMEM);
		CLAIM(result == DMA_ENOMEM || lines_count() > 0);
		CLAIM(!dmar.units && !dmar.regions && !dmar.store.pages);
	} else {
		sound(&dmar);
	}
	dma_dmar_free(&dmar);
	CLAIM(lines_pages() == 0);
	free(exact);
	return 0;
}
