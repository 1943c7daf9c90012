/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fuzzer: any bytes as a VIOT table, with memory that runs out. Either an error and nothing known; or a description
 * that is sound. The first byte says how many pages there are.
 */
#include "../../src/iommu/virtio/viot.h"
#include "../../tests/hosts/lines.h"
#include "../claim.h"
#include <dmastream/errors.h>

#include <stdlib.h>
#include <string.h>

static void sound(const struct dma_viot *viot)
{
	CLAIM(viot->units != NULL);
	for (const struct dma_viot_range *range = viot->ranges; range; range = range->next) {
		uint32_t ends[] = {(uint32_t)range->segment << 16 | range->first,
				   (uint32_t)range->last_segment << 16 | range->last};

		CLAIM(range->unit && range->segment <= range->last_segment && range->first <= range->last);
		for (unsigned i = 0; i < 2; i++) {
			uint32_t endpoint = 0;
			const struct dma_viot_unit *unit = dma_viot_unit_of(viot, ends[i], &endpoint);

			CLAIM(unit == range->unit && dma_viot_requester_of(viot, unit, endpoint) == ends[i]);
		}
	}
	for (const struct dma_viot_unit *unit = viot->units; unit; unit = unit->next) {
		uint32_t first, last;

		dma_viot_span(viot, unit, &first, &last);
		for (const struct dma_viot_unit *other = unit->next; other; other = other->next)
			CLAIM(!unit->pci || !other->pci || unit->function != other->function);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t seed = size ? data[0] : 0;
	size_t nbytes = size ? size - 1 : 0;
	uint8_t *exact = malloc(nbytes ? nbytes : 1); /* so that the sanitizer sees one byte too far */
	struct dma_viot viot;
	int result;

	if (size > 1)
		memcpy(exact, data + 1, nbytes);
	lines_begin(seed & 2 ? -1 : seed >> 2 & 7);
	result = dma_viot_parse(exact, nbytes, &viot);
	CLAIM(lines_count() <= 258);
	if (result) {
		CLAIM(result == DMA_EINVAL || result == DMA_ENOMEM);
		CLAIM(result == DMA_ENOMEM || lines_count() > 0);
		CLAIM(!viot.units && !viot.ranges && !viot.store.pages);
	} else {
		sound(&viot);
	}
	dma_viot_free(&viot);
	CLAIM(lines_pages() == 0);
	free(exact);
	return 0;
}
