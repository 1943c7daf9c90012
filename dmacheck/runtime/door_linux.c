/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Linux's door: doors/linux/dmacheck_linux.h says what a driver sees, this does it. The declarations are not included
 * here, since enum names of Linux and of the library are the same; the types below are theirs.
 */
#include "runtime.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

typedef uint64_t dma_addr_t;
#define MAPPING_ERROR (~(dma_addr_t)0)
enum { SKIP_SYNC = 1 << 5, ENOMEM_LINUX = 12 };
static const unsigned long managed = 1ul << 40;

struct device {
	struct sim_device *sim;
	uint64_t dma_mask, coherent_dma_mask;
	void *driver_data;
	const char *name;
};

/* NOLINTBEGIN(misc-no-recursion,bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
/* Linux: 0 both, 1 to, 2 from, 3 none. */
static unsigned direction(int dir)
{
	static const unsigned directions[] = {DMA_BIDIRECTIONAL, DMA_TO_DEVICE, DMA_FROM_DEVICE, 0};

	return directions[dir & 3];
}

static struct call call(const struct device *dev, const char *what, unsigned long attrs)
{
	return (struct call){API_LINUX, what, dev ? dev->sim : NULL, attrs & SKIP_SYNC};
}

struct device *dmacheck_linux_device(const char *name);
struct device *dmacheck_linux_device(const char *name)
{
	struct device *dev = calloc(1, sizeof(*dev));

	if (!dev)
		exit(2);
	*dev = (struct device){
		.sim = dmacheck_device(name), .dma_mask = 0xffffffff, .coherent_dma_mask = 0xffffffff, .name = name};
	return dev;
}

/* ---- Streaming ---- */

static dma_addr_t map(const struct device *dev, const char *what, void *at, size_t n, int dir, unsigned long attrs)
{
	struct call c = call(dev, what, attrs);
	struct mapping *m = call_map(&c, at, n, direction(dir));

	return m ? m->daddr : MAPPING_ERROR;
}

dma_addr_t dma_map_single_attrs(struct device *dev, void *at, size_t n, int dir, unsigned long attrs);
dma_addr_t dma_map_single_attrs(struct device *dev, void *at, size_t n, int dir, unsigned long attrs)
{
	return map(dev, "dma_map_single()", at, n, dir, attrs);
}

static void unmap(const struct device *dev, const char *what, dma_addr_t addr, size_t n, int dir, unsigned long attrs)
{
	struct call c = call(dev, what, attrs);
	struct finding *f;

	if (addr == MAPPING_ERROR) {
		f = finding_new(UNMAP_MISMATCH, NULL, 0);
		finding_say(f, "%s of DMA_MAPPING_ERROR: a failed map is unmapped", what);
		finding_send(f);
		return;
	}
	(void)call_unmap(&c, addr, n, direction(dir));
}

void dma_unmap_single_attrs(struct device *dev, dma_addr_t addr, size_t n, int dir, unsigned long attrs);
void dma_unmap_single_attrs(struct device *dev, dma_addr_t addr, size_t n, int dir, unsigned long attrs)
{
	unmap(dev, "dma_unmap_single()", addr, n, dir, attrs);
}

dma_addr_t dma_map_page_attrs(struct device *dev, char *page, size_t off, size_t n, int dir, unsigned long attrs);
dma_addr_t dma_map_page_attrs(struct device *dev, char *page, size_t off, size_t n, int dir, unsigned long attrs)
{
	return map(dev, "dma_map_page()", page + off, n, dir, attrs);
}

void dma_unmap_page_attrs(struct device *dev, dma_addr_t addr, size_t n, int dir, unsigned long attrs);
void dma_unmap_page_attrs(struct device *dev, dma_addr_t addr, size_t n, int dir, unsigned long attrs)
{
	unmap(dev, "dma_unmap_page()", addr, n, dir, attrs);
}

int dma_mapping_error(struct device *dev, dma_addr_t addr);
int dma_mapping_error(struct device *dev, dma_addr_t addr)
{
	(void)dev;
	call_checked(addr);
	return addr == MAPPING_ERROR ? -ENOMEM_LINUX : 0;
}

#define SYNC(name, to_device)                                                                                          \
	void name(struct device *dev, dma_addr_t addr, size_t n, int dir);                                             \
	void name(struct device *dev, dma_addr_t addr, size_t n, int dir)                                              \
	{                                                                                                              \
		struct call c = call(dev, #name "()", 0);                                                              \
                                                                                                                       \
		call_sync(&c, addr, n, direction(dir), to_device);                                                     \
	}
#define SYNC_RANGE(name, to_device)                                                                                    \
	void name(struct device *dev, dma_addr_t addr, unsigned long off, size_t n, int dir);                          \
	void name(struct device *dev, dma_addr_t addr, unsigned long off, size_t n, int dir)                           \
	{                                                                                                              \
		struct call c = call(dev, #name "()", 0);                                                              \
                                                                                                                       \
		call_sync(&c, addr + off, n, direction(dir), to_device);                                               \
	}
SYNC(dma_sync_single_for_cpu, false)
SYNC(dma_sync_single_for_device, true)
SYNC_RANGE(dma_sync_single_range_for_cpu, false)
SYNC_RANGE(dma_sync_single_range_for_device, true)

/* ---- Scatter lists ---- */

struct scatterlist {
	char *page;
	unsigned offset, length;
	dma_addr_t dma_address;
	unsigned dma_length;
	bool last;
};
struct sg_table {
	struct scatterlist *sgl;
	unsigned nents, orig_nents;
};

void sg_init_table(struct scatterlist *sg, unsigned n);
void sg_init_table(struct scatterlist *sg, unsigned n)
{
	memset(sg, 0, n * sizeof(*sg));
	sg[n - 1].last = true;
}

void sg_set_buf(struct scatterlist *sg, const char *at, unsigned n);
void sg_set_buf(struct scatterlist *sg, const char *at, unsigned n)
{
	sg->page = (char *)((uintptr_t)at & ~(uintptr_t)4095);
	sg->offset = (uintptr_t)at & 4095;
	sg->length = n;
}

void sg_init_one(struct scatterlist *sg, const char *at, unsigned n);
void sg_init_one(struct scatterlist *sg, const char *at, unsigned n)
{
	sg_init_table(sg, 1);
	sg_set_buf(sg, at, n);
}

void sg_set_page(struct scatterlist *sg, char *page, unsigned n, unsigned off);
void sg_set_page(struct scatterlist *sg, char *page, unsigned n, unsigned off)
{
	sg->page = page;
	sg->offset = off;
	sg->length = n;
}

struct scatterlist *sg_next(struct scatterlist *sg);
struct scatterlist *sg_next(struct scatterlist *sg)
{
	return sg->last ? NULL : sg + 1;
}

void *sg_virt(struct scatterlist *sg);
void *sg_virt(struct scatterlist *sg)
{
	return sg->page + sg->offset;
}

void dma_unmap_sg_attrs(struct device *dev, struct scatterlist *sg, int n, int dir, unsigned long attrs);
int dma_map_sg_attrs(struct device *dev, struct scatterlist *sg, int n, int dir, unsigned long attrs);
int dma_map_sg_attrs(struct device *dev, struct scatterlist *sg, int n, int dir, unsigned long attrs)
{
	struct call c = call(dev, "dma_map_sg()", attrs);
	uint32_t group = 0;

	for (int i = 0; i < n; i++) {
		struct mapping *m = call_map(&c, sg[i].page + sg[i].offset, sg[i].length, direction(dir));

		if (!m) {
			while (i-- > 0)
				(void)call_unmap(&c, sg[i].dma_address, sg[i].length, direction(dir));
			return 0;
		}
		group = group ? group : m->id;
		m->unchecked = false;
		m->group = group;
		m->nents = (uint32_t)n;
		sg[i].dma_address = m->daddr;
		sg[i].dma_length = sg[i].length;
	}
	return n;
}

void dma_unmap_sg_attrs(struct device *dev, struct scatterlist *sg, int n, int dir, unsigned long attrs)
{
	struct call c = call(dev, "dma_unmap_sg()", attrs);
	struct mapping *m = n ? ledger_find(c.dev, sg[0].dma_address, true) : NULL;
	struct finding *f;

	if (m && m->nents && m->nents != (uint32_t)n) {
		f = finding_new(UNMAP_MISMATCH, m, 0);
		finding_say(f, "dma_unmap_sg() of %d entries, of a list of %u", n, m->nents);
		snprintf(f->missing, sizeof(f->missing),
			 "the number of entries given to dma_map_sg(), not what it returned");
		finding_send(f);
	}
	for (int i = 0; i < n; i++)
		(void)call_unmap(&c, sg[i].dma_address, sg[i].length, direction(dir));
}

int dma_map_sgtable(struct device *dev, struct sg_table *t, int dir, unsigned long attrs);
int dma_map_sgtable(struct device *dev, struct sg_table *t, int dir, unsigned long attrs)
{
	int n = dma_map_sg_attrs(dev, t->sgl, (int)t->orig_nents, dir, attrs);

	t->nents = (unsigned)n;
	return n ? 0 : -ENOMEM_LINUX;
}

void dma_unmap_sgtable(struct device *dev, struct sg_table *t, int dir, unsigned long attrs);
void dma_unmap_sgtable(struct device *dev, struct sg_table *t, int dir, unsigned long attrs)
{
	dma_unmap_sg_attrs(dev, t->sgl, (int)t->orig_nents, dir, attrs);
}

void dma_sync_sg_for_cpu(struct device *dev, struct scatterlist *sg, int n, int dir);
void dma_sync_sg_for_cpu(struct device *dev, struct scatterlist *sg, int n, int dir)
{
	struct call c = call(dev, "dma_sync_sg_for_cpu()", 0);

	for (int i = 0; i < n; i++)
		call_sync(&c, sg[i].dma_address, sg[i].length, direction(dir), false);
}

void dma_sync_sg_for_device(struct device *dev, struct scatterlist *sg, int n, int dir);
void dma_sync_sg_for_device(struct device *dev, struct scatterlist *sg, int n, int dir)
{
	struct call c = call(dev, "dma_sync_sg_for_device()", 0);

	for (int i = 0; i < n; i++)
		call_sync(&c, sg[i].dma_address, sg[i].length, direction(dir), true);
}

/* ---- Coherent memory and pools ---- */

void *dma_alloc_attrs(struct device *dev, size_t n, dma_addr_t *addr, unsigned flags, unsigned long attrs);
void *dma_alloc_attrs(struct device *dev, size_t n, dma_addr_t *addr, unsigned flags, unsigned long attrs)
{
	struct call c = call(dev, "dma_alloc_coherent()", 0);
	struct mapping *m = call_coherent(&c, n, 0);

	(void)flags;
	if (!m)
		return NULL;
	m->unchecked = false;
	m->pooled = attrs & managed; /* ends with the device, by itself */
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

void *dma_alloc_noncoherent(struct device *dev, size_t n, dma_addr_t *addr, int dir, unsigned flags);
void *dma_alloc_noncoherent(struct device *dev, size_t n, dma_addr_t *addr, int dir, unsigned flags)
{
	void *at = heap_take(HEAP, (n + 4095) & ~(size_t)4095, 4096);

	(void)flags;
	if (!at)
		return NULL;
	*addr = map(dev, "dma_alloc_noncoherent()", at, n, dir, 0);
	call_checked(*addr);
	return *addr == MAPPING_ERROR ? NULL : at;
}

void dma_free_noncoherent(struct device *dev, size_t n, void *at, dma_addr_t addr, int dir);
void dma_free_noncoherent(struct device *dev, size_t n, void *at, dma_addr_t addr, int dir)
{
	unmap(dev, "dma_free_noncoherent()", addr, n, dir, 0);
	(void)heap_give(at);
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

/* ---- Masks and the rest ---- */

int dma_set_mask(struct device *dev, uint64_t mask);
int dma_set_mask(struct device *dev, uint64_t mask)
{
	dev->dma_mask = mask;
	return 0;
}

int dma_set_coherent_mask(struct device *dev, uint64_t mask);
int dma_set_coherent_mask(struct device *dev, uint64_t mask)
{
	dev->coherent_dma_mask = mask;
	return 0;
}

int dma_set_mask_and_coherent(struct device *dev, uint64_t mask);
int dma_set_mask_and_coherent(struct device *dev, uint64_t mask)
{
	dev->dma_mask = dev->coherent_dma_mask = mask;
	return 0;
}

int dma_get_cache_alignment(void);
int dma_get_cache_alignment(void)
{
	return 128;
}

size_t dma_max_mapping_size(struct device *dev);
size_t dma_max_mapping_size(struct device *dev)
{
	(void)dev;
	return SIZE_MAX;
}

bool dma_need_sync(struct device *dev, dma_addr_t addr);
bool dma_need_sync(struct device *dev, dma_addr_t addr)
{
	(void)dev, (void)addr;
	return true;
}

void dmacheck_fail_map(unsigned n);
void dmacheck_fail_map(unsigned n)
{
	layer_fail_next(n);
}
/* NOLINTEND(misc-no-recursion,bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
