/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The model of a ring of descriptors (ring_new()), which its device polls at any time: a driver whose buffers stay
 * mapped, and that writes the next data into one without a sync.
 */
#include "corpus.h"
#include <linux/dma-mapping.h>
#include <linux/slab.h>

#define RING 4u
#define FULL 1u

struct descriptor { /* two lines */
	__le32 status, length;
	u8 unused[56];
	__le64 addr;
	u8 more[56];
};

static unsigned seen;
static struct ring_model *model;

static void give(struct descriptor *d, dma_addr_t addr, u32 length)
{
	d->addr = cpu_to_le64(addr);
	d->length = cpu_to_le32(length);
	dma_wmb();
	WRITE_ONCE(d->status, cpu_to_le32(FULL));
}

static void reads(void *context, const unsigned char *data, unsigned n)
{
	(void)context;
	DMACHECK(!REPAIRED || (n == 64 && data[63] == (seen & 0xff)));
	seen++;
}

static bool polls(void *context)
{
	(void)context;
	return ring_work(model, 1) != 0;
}

static void at_any_time(void *context)
{
	(void)context;
	if (sim_choose(3) == 1)
		sim_models_work();
}

void dmacheck_main(void)
{
	const struct ring_layout layout = {.entry = sizeof(struct descriptor),
					   .addr = {64, 8},
					   .length = {4, 4},
					   .flags = {0, 4},
					   .owned = FULL,
					   .owned_value = FULL,
					   .clear = FULL};
	struct device *dev = dmacheck_linux_device("ring0");
	dma_addr_t addr, data[RING];
	u8 *buffer[RING];
	struct descriptor *ring = dma_alloc_coherent(dev, RING * sizeof(*ring), &addr, GFP_KERNEL);

	model = ring_new(dev->sim, &layout, addr, RING);
	ring_on_data(model, reads, NULL, NULL);
	sim_on_tick(polls, NULL);
	sim_watch(at_any_time, NULL);
	for (unsigned i = 0; i < 3 * RING; i++) {
		unsigned at = i % RING;

		if (i < RING) {
			buffer[at] = kmalloc(64, GFP_KERNEL);
			data[at] = dma_map_single(dev, buffer[at], 64, DMA_TO_DEVICE);
			if (dma_mapping_error(dev, data[at]))
				return;
		}
		memset(buffer[at], (int)i, 64); /* MISTAKE */
		if (REPAIRED)
			dma_sync_single_for_device(dev, data[at], 64, DMA_TO_DEVICE);
		give(&ring[at], data[at], 64);
		for (unsigned turns = 0; le32_to_cpu(READ_ONCE(ring[at].status)) & FULL && turns < 1000; turns++)
			cpu_relax();
		dma_rmb();
	}
	sim_watch(NULL, NULL);
	DMACHECK(seen == 3 * RING);
	for (unsigned i = 0; i < RING; i++) {
		dma_unmap_single(dev, data[i], 64, DMA_TO_DEVICE);
		kfree(buffer[i]);
	}
	dma_free_coherent(dev, RING * sizeof(*ring), ring, addr);
}
