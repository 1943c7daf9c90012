/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Fuzzer: the IORT reader over any bytes. Odd inputs get a head and checksum that are right, so that the nodes are reached. What
 * dma_iort_open() accepts is asked everything that a machine asks at boot.
 */
#include "../src/iommu/smmuv3/iort.h"

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

static void ask(const struct dma_iort *t, uint32_t requester)
{
	struct dma_iort_route route;
	uint64_t base, nbytes;

	if (!dma_iort_map(t, 0, requester, &route))
		return;
	for (unsigned i = 0; i < 16 && dma_iort_reserved(t, &route, i, &base, &nbytes); i++)
		;
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
	if (!dma_iort_open(&t, exact, size)) {
		for (unsigned i = 0; i < 16 && dma_iort_smmu(&t, i, &unit); i++)
			;
		ask(&t, 0);
		ask(&t, 8);
		ask(&t, 0xffff);
	}
	free(exact);
	return 0;
}
