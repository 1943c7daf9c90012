// SPDX-License-Identifier: GPL-2.0
/*
 * The same operations as bench/rows.c, through Linux's DMA API. Bound to QEMU's "edu" device; each row is a line of the
 * kernel's log: "row NAME BYTES MEDIAN". A tick is the time stamp counter, under -icount a guest instruction.
 */
#include <asm/msr.h>
#include <linux/dma-mapping.h>
#include <linux/dmapool.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/sort.h>

static unsigned int samples = 1000;
module_param(samples, uint, 0444);
static bool untrusted; /* as a device behind an external port: parts of pages are bounced */
module_param(untrusted, bool, 0444);

#define WARM 200
#define MOST 20000

static u32 *ticks;
static u32 frame; /* what two looks at the counter cost */
static struct device *dev;

static int smaller(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

static void row(const char *name, size_t bytes, unsigned int n)
{
	u32 median;

	sort(ticks, n, sizeof(*ticks), smaller, NULL);
	median = ticks[n / 2];
	pr_info("row %s %zu %u\n", name, bytes, median > frame ? median - frame : 0);
}

/* Runs the statement samples times, each timed; `fails` says that a run did not work. */
#define MEASURE(name, bytes, statement, fails)                                                                         \
	do {                                                                                                           \
		unsigned int n, failed = 0;                                                                            \
		for (n = 0; n < samples + WARM && !failed; n++) {                                                      \
			u64 began = rdtsc_ordered(), ended;                                                            \
			statement;                                                                                     \
			ended = rdtsc_ordered();                                                                       \
			failed = fails;                                                                                \
			if (n >= WARM)                                                                                 \
				ticks[n - WARM] = (u32)(ended - began);                                                \
			if (n % 64 == 0)                                                                               \
				cond_resched();                                                                        \
		}                                                                                                      \
		if (failed)                                                                                            \
			pr_info("row %s %zu fails\n", name, (size_t)(bytes));                                          \
		else                                                                                                   \
			row(name, bytes, samples);                                                                     \
	} while (0)

#define ODD 1001 /* bytes into a page, as in bench/rows_many.c */

static bool pair(void *memory, size_t bytes, enum dma_data_direction dir)
{
	dma_addr_t at = dma_map_single(dev, memory, bytes, dir);

	if (dma_mapping_error(dev, at))
		return true;
	dma_unmap_single(dev, at, bytes, dir);
	return false;
}

static void singles(void *memory)
{
	static const size_t sizes[] = {4096, 65536, 1048576};
	bool bad = false;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		MEASURE("map+release", sizes[i], bad = pair(memory, sizes[i], DMA_BIDIRECTIONAL), bad);
	/* Linux keeps no reference for a mapping: the same work again. */
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		MEASURE("clone+map+release", sizes[i], bad = pair(memory, sizes[i], DMA_BIDIRECTIONAL), bad);
	/* Begins and ends inside pages: of a device that is not trusted the rest of them is kept. */
	MEASURE("buffer map+release, untrusted", 65536, bad = pair(memory + ODD, 65536, DMA_TO_DEVICE), bad);
}

static void syncs(void *memory)
{
	static const size_t sizes[] = {4096, 65536};
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		dma_addr_t at = dma_map_single(dev, memory, sizes[i], DMA_BIDIRECTIONAL);

		if (dma_mapping_error(dev, at))
			continue;
		MEASURE("sync_to_device", sizes[i], dma_sync_single_for_device(dev, at, sizes[i], DMA_BIDIRECTIONAL),
			0);
		MEASURE("sync_from_device", sizes[i], dma_sync_single_for_cpu(dev, at, sizes[i], DMA_BIDIRECTIONAL), 0);
		dma_unmap_single(dev, at, sizes[i], DMA_BIDIRECTIONAL);
	}
}

static bool list_pair(struct scatterlist *list, int n)
{
	if (!dma_map_sg(dev, list, n, DMA_BIDIRECTIONAL))
		return true;
	dma_unmap_sg(dev, list, n, DMA_BIDIRECTIONAL);
	return false;
}

/* Pages that lie apart: every second one of a run. */
static void fill_list(struct scatterlist *list, int n, void *memory)
{
	int i;

	sg_init_table(list, n);
	for (i = 0; i < n; i++)
		sg_set_buf(&list[i], memory + (size_t)i * 2 * PAGE_SIZE, PAGE_SIZE);
}

/* What a driver does for one transfer: it also reads what the device is to be told. */
static bool whole_list(struct scatterlist *list, int n, void *memory)
{
	struct scatterlist *entry;
	int mapped, i;

	fill_list(list, n, memory);
	mapped = dma_map_sg(dev, list, n, DMA_BIDIRECTIONAL);
	if (!mapped)
		return true;
	for_each_sg(list, entry, mapped, i) asm volatile("" : : "r"(sg_dma_address(entry)), "r"(sg_dma_len(entry)));
	dma_unmap_sg(dev, list, n, DMA_BIDIRECTIONAL);
	return false;
}

static void lists(void *memory)
{
	static const int counts[] = {16, 256};
	struct scatterlist *list = kvmalloc_array(256, sizeof(*list), GFP_KERNEL);
	bool bad = false;
	int i;

	if (!list)
		return;
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		fill_list(list, counts[i], memory);
		MEASURE("list map+release", counts[i] * PAGE_SIZE, bad = list_pair(list, counts[i]), bad);
	}
	for (i = 0; i < ARRAY_SIZE(counts); i++)
		MEASURE("list build+map+walk+release", counts[i] * PAGE_SIZE, bad = whole_list(list, counts[i], memory),
			bad);
	kvfree(list);
}

static void pools(void)
{
	struct dma_pool *pool = dma_pool_create("rows", dev, 2048, 64, 0);
	dma_addr_t at;
	void *block = NULL;

	if (!pool)
		return;
	MEASURE("pool_get+put", 2048, block = dma_pool_alloc(pool, GFP_ATOMIC, &at);
		if (block) dma_pool_free(pool, block, at), !block);
	dma_pool_destroy(pool);
}

static bool coherent_pair(size_t bytes)
{
	dma_addr_t at;
	void *memory = dma_alloc_coherent(dev, bytes, &at, GFP_KERNEL);

	if (!memory)
		return true;
	dma_free_coherent(dev, bytes, memory, at);
	return false;
}

static void coherents(void)
{
	static const size_t sizes[] = {4096, 65536};
	bool bad = false;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		MEASURE("coherent alloc+release", sizes[i], bad = coherent_pair(sizes[i]), bad);
}

static int rows_probe(struct pci_dev *pci, const struct pci_device_id *id)
{
	void *memory;
	unsigned int n;
	int error = pcim_enable_device(pci);

	if (error)
		return error;
	pci->untrusted = untrusted;
	dev = &pci->dev;
	error = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(64));
	if (error)
		return error;
	pci_set_master(pci);
	samples = clamp(samples, 10u, (unsigned int)MOST);
	ticks = kvmalloc_array(MOST, sizeof(*ticks), GFP_KERNEL);
	memory = alloc_pages_exact(2 << 20, GFP_KERNEL | __GFP_ZERO);
	if (!ticks || !memory)
		return -ENOMEM; /* the machine ends soon */
	for (n = 0; n < samples; n++) {
		u64 began = rdtsc_ordered();

		ticks[n] = (u32)(rdtsc_ordered() - began);
	}
	sort(ticks, samples, sizeof(*ticks), smaller, NULL);
	frame = ticks[samples / 2];
	singles(memory);
	syncs(memory);
	lists(memory);
	pools();
	coherents();
	pr_info("rows end\n");
	free_pages_exact(memory, 2 << 20);
	kvfree(ticks);
	return 0;
}

static const struct pci_device_id ids[] = {{PCI_DEVICE(0x1234, 0x11e8)}, {}};
MODULE_DEVICE_TABLE(pci, ids);
static struct pci_driver rows_driver = {.name = "dma_rows", .id_table = ids, .probe = rows_probe};
module_pci_driver(rows_driver);
MODULE_DESCRIPTION("What Linux's DMA API costs, row by row");
MODULE_LICENSE("GPL");
