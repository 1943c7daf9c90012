/* SPDX-License-Identifier: MPL-2.0 */
#include "told.h"

struct told told;

static void note(const struct dma_fault *fault, void *unused)
{
	(void)unused;
	told.n++;
	told.last = *fault;
}

void told_begin(void)
{
	while (dma_iommu_poll_all())
		;
	told = (struct told){0};
	dma_iommu_on_fault(note, NULL);
}

void told_end(void)
{
	dma_iommu_on_fault(NULL, NULL);
}
