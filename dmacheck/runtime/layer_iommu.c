/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The layer's IOMMU: one domain, a table of pages, an IOTLB that keeps what was not invalidated. Also the
 * translation of devices that use the CPU's addresses.
 */
#include "runtime.h"

#define IOVA_BASE  0x80000000u
#define IOVA_PAGES 16384u
#define TABLE	   512u /* entries of a table page */

static struct entry {
	uint64_t paddr, cached; /* cached: what the IOTLB has */
	uint8_t dir, cached_dir;
	bool present, in_tlb;
} entries[IOVA_PAGES];
static struct table {
	uint64_t frame; /* paddr of the table page */
	unsigned used;
	bool walked; /* the unit's cache of inner tables has it */
} tables[IOVA_PAGES / TABLE];
static bool present;

void iommu_start(void)
{
	present = false;
}

static int translate_iova(uint64_t daddr, bool write, uint64_t *paddr)
{
	uint64_t index = (daddr - IOVA_BASE) >> DMA_PAGE_SHIFT;
	struct entry *e = index < IOVA_PAGES ? &entries[index] : NULL;
	struct finding *f;
	uint8_t dir;

	if (!e || (!e->present && !e->in_tlb))
		return DMA_EFAULT;
	if (e->in_tlb && (!e->present || e->cached != e->paddr)) {
		struct mapping *was = ledger_find(NULL, daddr, false);

		f = finding_new(LAYER, was, was ? was->ended : 0);
		finding_say(f,
			    "a device %s through a translation of an address whose mapping has ended: the IOTLB was "
			    "not invalidated "
			    "before the address and the memory were given back",
			    write ? "writes" : "reads");
		finding_send(f);
	}
	if (!e->in_tlb) {
		e->in_tlb = true;
		e->cached = e->paddr;
		e->cached_dir = e->dir;
		tables[index / TABLE].walked = true;
	}
	dir = e->cached_dir;
	if (!(dir & (write ? DMA_FROM_DEVICE : DMA_TO_DEVICE)))
		return DMA_EFAULT;
	*paddr = e->cached + (daddr & (DMA_PAGE_SIZE - 1));
	return 0;
}

static int translate(void *ctx, struct sim_device *dev, uint64_t daddr, bool write, uint64_t *paddr)
{
	(void)ctx, (void)dev;
	if (ledger_identity() && page_kind((void *)daddr) != REGIONS) {
		(void)pages_adopt((void *)daddr, 1, false);
		*paddr = page_paddr((void *)daddr);
		return 0;
	}
	if (present && ledger_doors()) /* the library's devices have domains of its own, or none */
		return translate_iova(daddr, write, paddr);
	*paddr = daddr;
	return 0;
}

void iommu_watch(bool on)
{
	present = on;
	sim_set_translator(translate, NULL);
}

bool iommu_present(void)
{
	return present;
}

static void invalidate(uint64_t first, size_t npages)
{
	for (size_t i = 0; i < npages; i++) {
		entries[first + i].in_tlb = false;
		tables[(first + i) / TABLE].walked = false;
	}
}

int iommu_map(uint64_t paddr, size_t npages, unsigned dir, uint64_t *daddr)
{
	size_t run = 0;

	for (uint64_t i = 0; i < IOVA_PAGES; i++) {
		run = entries[i].present ? 0 : run + 1;
		if (run < npages)
			continue;
		for (uint64_t page = i + 1 - npages; page <= i; page++) {
			struct table *t = &tables[page / TABLE];
			dma_paddr_t frame;

			if (t->used++ == 0 && dma_host_frames_alloc(1, UINT64_MAX, DMA_PAGE_SIZE, &frame) == 0)
				t->frame = frame.raw;
			entries[page].present = true;
			entries[page].paddr = paddr + ((page - (i + 1 - npages)) << DMA_PAGE_SHIFT);
			entries[page].dir = (uint8_t)dir;
		}
		*daddr = IOVA_BASE + ((i + 1 - npages) << DMA_PAGE_SHIFT);
		return 0;
	}
	return DMA_ENOSPC;
}

static void table_free(struct table *t)
{
	struct finding *f;

	if (t->walked) {
		f = finding_new(LAYER, NULL, 0);
		finding_say(f,
			    "a page of the IOMMU's table is freed before the invalidation: the unit may still walk it");
		finding_send(f);
	}
	dma_host_frames_free((dma_paddr_t){t->frame}, 1);
	t->frame = 0;
}

void iommu_unmap(uint64_t daddr, size_t npages)
{
	uint64_t first = (daddr - IOVA_BASE) >> DMA_PAGE_SHIFT;
	int mistake = layer_mistake();

	for (size_t i = 0; i < npages && first + i < IOVA_PAGES; i++) {
		struct table *t = &tables[(first + i) / TABLE];

		entries[first + i].present = false;
		if (--t->used == 0 && mistake == 34)
			table_free(t);
	}
	if (mistake == 47 || mistake == 48) /* later: 47 has given the address back by then, 48 lets the device go on */
		return;
	invalidate(first, npages);
	for (size_t i = 0; i < npages && first + i < IOVA_PAGES; i++)
		if (tables[(first + i) / TABLE].used == 0 && tables[(first + i) / TABLE].frame)
			table_free(&tables[(first + i) / TABLE]);
}
