/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Linux's door: coherent memory and pools of blocks.
 */
#include "door_linux.h"
#include <stdio.h>
#include <stdlib.h>

void *dma_alloc_attrs(struct device *dev, size_t n, dma_addr_t *addr, unsigned flags, unsigned long attrs);
void *dma_alloc_attrs(struct device *dev, size_t n, dma_addr_t *addr, unsigned flags, unsigned long attrs)
{
	struct call c = call(dev, "dma_alloc_coherent()", 0);
	struct mapping *m = call_coherent(&c, n, 0);

	(void)flags;
	if (!m)
		return NULL;
	m->unchecked = false;
	m->pooled = attrs & MANAGED; /* ends with the device, by itself */
	*addr = m->daddr;
	return m->va;
}

void dma_free_attrs(struct device *dev, size_t n, void *at, dma_addr_t addr, unsigned long attrs);
void dma_free_attrs(struct device *dev, size_t n, void *at, dma_addr_t addr, unsigned long attrs)
{
	struct call c = call(dev, "dma_free_coherent()", attrs);

	if (at)
		call_coherent_end(&c, at, n, addr);
}

#define POOL_BLOCKS 64
struct dma_pool {
	struct device *dev;
	const char *name;
	size_t nbytes, each;
	char *memory;
	dma_addr_t addr;
	bool taken[POOL_BLOCKS];
	site_t freed[POOL_BLOCKS], made;
	struct mapping *mapping;
};

struct dma_pool *dmacheck_linux_pool_create(const char *name, struct device *dev, size_t n, size_t align,
					    size_t boundary);
struct dma_pool *dmacheck_linux_pool_create(const char *name, struct device *dev, size_t n, size_t align,
					    size_t boundary)
{
	struct dma_pool *pool = calloc(1, sizeof(*pool));
	struct call c = call(dev, "dma_pool_create()", 0);

	(void)boundary;
	align = align ? align : 8;
	if (!pool)
		return NULL;
	pool->dev = dev;
	pool->name = name;
	pool->nbytes = n;
	pool->each = (n + align - 1) & ~(align - 1);
	pool->mapping = call_coherent(&c, pool->each * POOL_BLOCKS, 4096);
	if (!pool->mapping)
		return NULL;
	pool->mapping->unchecked = false;
	pool->memory = (char *)pool->mapping->va;
	pool->addr = pool->mapping->daddr;
	return pool;
}

void dmacheck_linux_pool_destroy(struct dma_pool *pool);
void dmacheck_linux_pool_destroy(struct dma_pool *pool)
{
	struct call c;

	if (!pool)
		return;
	for (unsigned i = 0; i < POOL_BLOCKS; i++)
		if (pool->taken[i]) {
			struct finding *f = finding_new(LEAK_RULE, pool->mapping, 0);

			finding_say(f, "dma_pool_destroy() of pool %s, of which blocks are still in use", pool->name);
			finding_send(f);
			break;
		}
	c = call(pool->dev, "dma_pool_destroy()", 0);
	call_coherent_end(&c, pool->memory, pool->each * POOL_BLOCKS, pool->addr);
}

void *dmacheck_linux_pool_alloc(struct dma_pool *pool, unsigned flags, dma_addr_t *addr);
void *dmacheck_linux_pool_alloc(struct dma_pool *pool, unsigned flags, dma_addr_t *addr)
{
	(void)flags;
	door();
	for (unsigned i = 0; i < POOL_BLOCKS; i++)
		if (!pool->taken[i]) {
			pool->taken[i] = true;
			*addr = pool->addr + i * pool->each;
			return pool->memory + i * pool->each;
		}
	return NULL;
}

void *dmacheck_linux_pool_zalloc(struct dma_pool *pool, unsigned flags, dma_addr_t *addr);
void *dmacheck_linux_pool_zalloc(struct dma_pool *pool, unsigned flags, dma_addr_t *addr)
{
	void *at = dmacheck_linux_pool_alloc(pool, flags, addr);

	if (at) {
		page_store(at, pool->nbytes, __builtin_return_address(0));
		memset(at, 0, pool->nbytes);
		door();
	}
	return at;
}

void dmacheck_linux_pool_free(struct dma_pool *pool, void *at, dma_addr_t addr);
void dmacheck_linux_pool_free(struct dma_pool *pool, void *at, dma_addr_t addr)
{
	size_t i = (size_t)((char *)at - pool->memory) / pool->each;
	struct finding *f = NULL;

	door();
	if (i >= POOL_BLOCKS || pool->memory + i * pool->each != (char *)at || addr != pool->addr + i * pool->each) {
		f = finding_new(UNMAP_MISMATCH, pool->mapping, 0);
		finding_say(f, "dma_pool_free() of what is no block of pool %s, or with another address", pool->name);
	} else if (!pool->taken[i]) {
		f = finding_new(DOUBLE_FREE, pool->mapping, 0);
		finding_say(f, "dma_pool_free() of a block that was given back to pool %s already", pool->name);
		f->ended = *stack_of(pool->freed[i]);
	}
	if (f) {
		finding_send(f);
		return;
	}
	pool->taken[i] = false;
	pool->freed[i] = stack_here();
}
