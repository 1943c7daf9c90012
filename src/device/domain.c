/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The pass-through domain, and dma_domain_flush() for every domain.
 */
#include "domain_ops.h"
#include <dmastream/errors.h>

struct dma_domain dma_domain_passthrough = {
	.features = DMA_DOMAIN_SPLITS,
};

const struct dma_bypass_ops *dma_bypass;

int dma_domain_flush(struct dma_domain *domain)
{
	if (!domain)
		return DMA_EINVAL;
	return dma_domain_translates(domain) ? domain->ops->flush(domain) : 0;
}
