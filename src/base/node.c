/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Nodes: one free list over host pages. A page starts with a link to the next page, so that all can be given back at
 * the end; while the library lives, pages stay, as the reserve that calls with interrupts off draw on.
 */
#include "node.h"
#include "state.h"

#define RESERVE 16 /* nodes that callers with interrupts on leave for those with interrupts off */

union node {
	union node *next;
	unsigned char bytes[DMA_NODE_SIZE];
};

struct page {
	struct page *next;
	_Alignas(16) union node nodes[];
};

_Static_assert(sizeof(union node) == DMA_NODE_SIZE, "nodes have no padding");

#define NODES_PER_PAGE ((DMA_PAGE_SIZE - sizeof(struct page)) / sizeof(union node))

static struct {
	struct dma_lock lock;
	union node *free;
	struct page *pages;
	size_t nfree, nused;
} pool;

/* A caller with interrupts on is stopped at the reserve; then it brings a page. */
static union node *take(size_t leave)
{
	uintptr_t irq = dma_host_lock(&pool.lock);
	union node *node = NULL;

	if (pool.nfree > leave) {
		node = pool.free;
		pool.free = node->next;
		pool.nfree--;
		pool.nused++;
	}
	dma_host_unlock(&pool.lock, irq);
	return node;
}

static void add_page(struct page *page)
{
	uintptr_t irq = dma_host_lock(&pool.lock);

	page->next = pool.pages;
	pool.pages = page;
	for (size_t i = NODES_PER_PAGE; i-- > 0;) {
		page->nodes[i].next = pool.free;
		pool.free = &page->nodes[i];
	}
	pool.nfree += NODES_PER_PAGE;
	dma_host_unlock(&pool.lock, irq);
	dma_add(&dma_state.stats.pages_own, 1);
}

void *dma_node_alloc(void)
{
	union node *node = take(RESERVE);

	if (dma_likely(node))
		return node;
	if (dma_host_interrupts_on()) {
		struct page *page = dma_host_page_alloc();

		if (page)
			add_page(page);
	}
	return take(0);
}

void dma_node_free(void *memory)
{
	union node *node = memory;
	uintptr_t irq = dma_host_lock(&pool.lock);

	node->next = pool.free;
	pool.free = node;
	pool.nfree++;
	pool.nused--;
	dma_host_unlock(&pool.lock, irq);
}

bool dma_node_fini(void)
{
	uintptr_t irq = dma_host_lock(&pool.lock);
	struct page *page = NULL;
	bool idle = pool.nused == 0;

	if (idle) {
		page = pool.pages;
		pool.pages = NULL;
		pool.free = NULL;
		pool.nfree = 0;
	}
	dma_host_unlock(&pool.lock, irq);
	while (page) {
		struct page *next = page->next;

		dma_host_page_free(page);
		dma_sub(&dma_state.stats.pages_own, 1);
		page = next;
	}
	return idle;
}
