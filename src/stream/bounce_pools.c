/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The lists of blocks for bounces (bounce_pools.h): into them, out of them, and to the host.
 */
#include "bounce_pools.h"
#include "bounce_suits.h"

#define KEPT	  32u /* blocks beyond the reserve that are kept for speed */
#define LOOKED_AT 16u /* blocks that one call tries, until it finds one that the device reaches */

struct dma_bounce_pool dma_bounce_pools[DMA_BOUNCE_KINDS][1u << DMA_BOUNCE_KIND_SHIFT];

struct dma_owed_node *dma_bounce_pop(struct dma_bounce_pool *pool, const struct dma_device *dev, uint64_t leave)
{
	uintptr_t irq = dma_host_lock(&pool->lock);
	struct dma_owed_node **at = &pool->first, *node = NULL;

	for (unsigned i = 0; pool->nfree > leave && *at && i < LOOKED_AT; i++, at = &(*at)->next) {
		if (dev && !dma_bounce_suits(dev, *at))
			continue;
		node = *at;
		*at = node->next;
		dma_store(&pool->nfree, pool->nfree - 1);
		break;
	}
	dma_host_unlock(&pool->lock, irq);
	if (node)
		dma_bounce_count_taken(node);
	return node;
}

bool dma_bounce_push(struct dma_bounce_pool *pool, struct dma_owed_node *node, uint64_t most)
{
	uintptr_t irq = dma_host_lock(&pool->lock);
	bool room;

	room = pool->nfree < most;
	if (room) {
		node->next = pool->first;
		pool->first = node;
		dma_store(&pool->nfree, pool->nfree + 1);
	}
	dma_host_unlock(&pool->lock, irq);
	return room;
}

void dma_bounce_free(struct dma_owed_node *node)
{
	struct dma_owed owed;

	node->owed.steps &= (1u << DMA_BOUNCE_POOL_SHIFT) - 1;
	node->next = NULL;
	owed = dma_owed_of_node(node);
	dma_owed_settle(&owed);
}

void dma_bounce_keep(struct dma_bounce_pool *pool, struct dma_owed_node *node)
{
	if (dma_bounce_push(pool, node, dma_load(&pool->reserve) + KEPT))
		return;
	dma_bounce_count_taken(node);
	dma_bounce_free(node);
}
