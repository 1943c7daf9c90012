/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Nodes: one free list over host pages. A page starts with a link to the next page, so that dma_fini() can give all of
 * them back; until then every page stays.
 *
 * The reserve: callers with interrupts off cannot ask the host for pages, so callers with interrupts on leave `reserve`
 * nodes free for them. dma_init() fills the reserve, and every later caller with interrupts on that finds fewer nodes
 * asks the host for a page (hazard 82).
 */
#include "node.h"
#include "state.h"

/* A free node's link stands at its end, so that a free run's word, at its begin, stays what it was: 0 (run.c). */
struct node {
	_Alignas(uintptr_t) unsigned char bytes[DMA_NODE_SIZE - sizeof(void *)];
	struct node *next;
};

struct page {
	struct page *next;
	_Alignas(16) struct node nodes[];
};

_Static_assert(sizeof(struct node) == DMA_NODE_SIZE, "nodes have no padding");

#define NODES_PER_PAGE ((DMA_PAGE_SIZE - sizeof(struct page)) / sizeof(struct node))

static struct {
	struct dma_lock lock;
	struct node *free;
	struct page *pages;
	uint64_t nfree; /* changed under the lock, read without it */
	size_t nused, reserve;
} pool;

/* Takes a free node if more than `leave` are free. NULL otherwise. */
static struct node *take(size_t leave)
{
	uintptr_t irq = dma_host_lock(&pool.lock);
	struct node *node = NULL;

	if (pool.nfree > leave) {
		node = pool.free;
		pool.free = node->next;
		dma_store(&pool.nfree, pool.nfree - 1);
		pool.nused++;
	}
	dma_host_unlock(&pool.lock, irq);
	return node;
}

void *dma_node_take(void)
{
	return take(pool.reserve);
}

static void add_page(struct page *page)
{
	struct node *last = &page->nodes[NODES_PER_PAGE - 1];
	uintptr_t irq;

	for (struct node *node = page->nodes; node < last; node++)
		node->next = node + 1;
	irq = dma_host_lock(&pool.lock);
	page->next = pool.pages;
	pool.pages = page;
	last->next = pool.free;
	pool.free = page->nodes;
	dma_store(&pool.nfree, pool.nfree + NODES_PER_PAGE);
	dma_host_unlock(&pool.lock, irq);
	dma_add(&dma_state.stats.pages_own, 1);
}

/* Interrupts on. */
static bool bring_page(void)
{
	struct page *page = dma_host_page_alloc();

	if (page)
		add_page(page);
	return page != NULL;
}

void *dma_node_alloc(void)
{
	struct node *node = take(pool.reserve);
	bool on;

	if (dma_likely(node))
		return node;
	on = dma_host_interrupts_on();
	if (on)
		(void)bring_page();
	node = take(0);
	if (!node && !on)
		dma_add(&dma_state.stats.reserve_empty, 1);
	return node;
}

void dma_node_free(void *memory)
{
	struct node *node = memory;
	uintptr_t irq = dma_host_lock(&pool.lock);

	node->next = pool.free;
	pool.free = node;
	dma_store(&pool.nfree, pool.nfree + 1);
	pool.nused--;
	dma_host_unlock(&pool.lock, irq);
}

/* ---- The reserve ---- */

static bool full(void)
{
	return dma_load(&pool.nfree) >= pool.reserve;
}

bool dma_node_init(size_t reserve)
{
	pool.reserve = reserve;
	while (!full()) {
		if (!bring_page()) {
			(void)dma_node_fini();
			return false;
		}
	}
	return true;
}

void dma_node_refill(void)
{
	while (dma_unlikely(!full()) && dma_host_interrupts_on()) {
		if (!bring_page())
			return;
	}
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
		dma_store(&pool.nfree, 0);
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
