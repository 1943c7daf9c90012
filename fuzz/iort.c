/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fuzzer: the IORT reader over any bytes. Odd inputs get a head and checksum that are right, so that the nodes are
 * reached. What dma_iort_open() accepts is asked everything that a machine asks at boot.
 */
#include "../tests/hosts/lines.h"
#include "claim.h"
#include <dmastream/iort.h>

#include <stdlib.h>
#include <string.h>

/* A table as firmware would seal it. */
static void seal(uint8_t *table, size_t size)
{
	uint8_t sum = 0;

	memcpy(table, "IORT", 4);
	for (unsigned i = 0; i < 4; i++)
		table[4 + i] = (uint8_t)(size >> 8 * i);
	table[9] = 0;
	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + table[i]);
	table[9] = (uint8_t)-sum;
}

static void ask(const struct dma_iort *t, uint16_t requester)
{
	struct dma_iort_route route;

	CLAIM(dma_iort_map(t, 0, requester, &route) || route.smmu < t->nbytes);
}

static void ask_smmu(const struct dma_iort *t, const struct dma_iort_smmu *unit)
{
	struct dma_smmuv3_region region;

	CLAIM(unit->registers && unit->registers % 4096 == 0 && unit->node < t->nbytes);
	for (unsigned i = 0; i < 16 && dma_iort_region(t, unit->node, i, &region); i++)
		CLAIM(region.nbytes && region.base + (region.nbytes - 1) >= region.base &&
		      region.stream <= region.last_stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1); /* so that the sanitizer sees one byte too far */
	struct dma_iort_smmu unit;
	struct dma_iort t;

	memcpy(exact, data, size);
	if (size >= 48 && exact[8] & 1)
		seal(exact, size);
	lines_begin(0);
	if (!dma_iort_open(&t, exact, size)) {
		for (unsigned i = 0; i < 16 && dma_iort_smmu_at(&t, i, &unit); i++)
			ask_smmu(&t, &unit);
		ask(&t, 0);
		ask(&t, 8);
		ask(&t, 0xffff);
	} else {
		CLAIM(lines_count() > 0);
	}
	CLAIM(lines_count() <= 258);
	free(exact);
	return 0;
}
