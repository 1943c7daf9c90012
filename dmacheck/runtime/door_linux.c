/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Linux's door: doors/linux/dmacheck_linux.h says what a driver sees, this does it. The declarations are not included
 * here, since enum names of Linux and of the library are the same; the types below are theirs.
 */
#include "door_linux.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* NOLINTBEGIN(misc-no-recursion,bugprone-reserved-identifier) */
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

/* ---- Memory that is mapped when it is allocated ---- */

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
/* NOLINTEND(misc-no-recursion,bugprone-reserved-identifier) */
