/* SPDX-License-Identifier: MPL-2.0 */
#include "unit_ids.h"
#include <dmastream/arch.h>
#include <dmastream/errors.h>

#define MOST (unsigned)(DMA_PAGE_SIZE * 8)

int dma_unit_ids_init(struct dma_unit_ids *ids, unsigned count)
{
	ids->used = dma_host_page_alloc();
	if (!ids->used)
		return DMA_ENOMEM;
	dma_arch_fill(ids->used, 0, DMA_PAGE_SIZE);
	ids->count = count < MOST ? count : MOST;
	ids->used[0] = 1;
	return 0;
}

void dma_unit_ids_fini(struct dma_unit_ids *ids)
{
	if (ids->used)
		dma_host_page_free(ids->used);
	ids->used = NULL;
}

unsigned dma_unit_id_get(struct dma_unit_ids *ids)
{
	uintptr_t state = dma_host_lock(&ids->lock);
	unsigned word = 0, id;

	while (word * 64 < ids->count && ids->used[word] == UINT64_MAX)
		word++;
	id = word * 64 < ids->count ? word * 64 + (unsigned)__builtin_ctzll(~ids->used[word]) : ids->count;
	if (id < ids->count)
		ids->used[word] |= (uint64_t)1 << id % 64;
	dma_host_unlock(&ids->lock, state);
	return id < ids->count ? id : 0;
}

void dma_unit_id_put(struct dma_unit_ids *ids, unsigned id)
{
	uintptr_t state = dma_host_lock(&ids->lock);

	ids->used[id / 64] &= ~((uint64_t)1 << id % 64);
	dma_host_unlock(&ids->lock, state);
}
