/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The simulated machine's disk (simdisk.h): two rings in coherent memory, polled. It is found, started and closed here;
 * simblk_requests.c serves its requests, with the same care as with NVMe.
 */
#include <dmastream/barrier.h>
#include <dmastream/errors.h>

#include "simblk.h"
#include "text.h"

enum {
	DISKS = 4,
	COMMAND_PAGES = 1, /* SIMBLK_ENTRIES of 32 and of 16 bytes fit a page each */
};

static struct simblk pool[DISKS];
static const struct block_ops simblk_ops;

static void write64(struct simblk *d, enum simdisk_register reg, uint64_t value)
{
	dma_host_mmio_write64((volatile char *)d->regs + reg, value);
}

/* Geometry, checked; rings announced; the disk enabled. */
static int start(struct simblk *d)
{
	uint32_t max_blocks;

	d->block.nblocks = dma_host_mmio_read64((const volatile char *)d->regs + SIMDISK_NBLOCKS);
	d->block.block_size = simblk_read(d, SIMDISK_BLOCK_SIZE);
	max_blocks = simblk_read(d, SIMDISK_MAX_BLOCKS);
	if (simblk_read(d, SIMDISK_ID) != SIMDISK_MAGIC || simblk_read(d, SIMDISK_VERSION) != 1)
		return DMA_ENOTSUP;
	if (d->block.block_size < 512 || d->block.block_size > 4096 ||
	    d->block.block_size & (d->block.block_size - 1) || !d->block.nblocks ||
	    d->block.nblocks > UINT64_MAX / d->block.block_size)
		return DMA_EIO;
	if ((uint64_t)max_blocks * d->block.block_size < DMA_PAGE_SIZE)
		return DMA_ENOTSUP;
	d->block.max_blocks = max_blocks;
	d->block.depth = SIMBLK_ENTRIES - 1;
	inflight_init(&d->inflight, SIMBLK_ENTRIES - 1);
	d->sequence = 1;
	write64(d, SIMDISK_RING, dma_coherent_daddr(&d->commands).raw);
	write64(d, SIMDISK_DONE, dma_coherent_daddr(&d->completions).raw);
	simblk_write(d, SIMDISK_ENTRIES, SIMBLK_ENTRIES);
	dma_publish();
	simblk_write(d, SIMDISK_CONTROL, SIMDISK_ENABLE);
	return simblk_wait_ready(d, SIMDISK_READY) ? 0 : DMA_ETIMEDOUT;
}

static int open_device(struct simblk *d)
{
	struct dma_device_config config = {
		.name = d->block.name, .mask = UINT64_MAX, .min_align = 4, .max_segments = 1};
	int error = bus_pci_dma_init(&d->pci, &d->dma, &config);

	if (error)
		return error;
	bus_pci_enable(&d->pci);
	d->faults = bus_pci_faults(&d->pci);
	error = dma_coherent_alloc(&d->commands, &d->dma, 0, COMMAND_PAGES);
	if (error)
		goto no_commands;
	error = dma_coherent_alloc(&d->completions, &d->dma, 0, COMMAND_PAGES);
	if (error)
		goto no_completions;
	error = start(d);
	if (!error)
		return 0;
	simblk_halt(d);
	dma_coherent_release(&d->completions);
no_completions:
	dma_coherent_release(&d->commands);
no_commands:
	bus_pci_disable(&d->pci);
	(void)bus_pci_dma_fini(&d->pci, &d->dma);
	return error;
}

static int simblk_find(unsigned nth, struct bus_pci *out)
{
	return bus_pci_find_id(SIMDISK_VENDOR, SIMDISK_DEVICE, nth, out);
}

static int simblk_open(unsigned index, struct block **disk, struct text *why)
{
	struct simblk *d = NULL;
	dma_paddr_t bar;
	struct text name;
	uint64_t size;
	int error;

	for (unsigned i = 0; i < DISKS && !d; i++) {
		if (!pool[i].open)
			d = &pool[i];
	}
	if (!d) {
		text_put(why, "the driver has no place for another disk");
		return DMA_ENOMEM;
	}
	*d = (struct simblk){.block.ops = &simblk_ops, .timeout = inflight_timeout()};
	d->block.dma = &d->dma;
	name = text_in(d->block.name, sizeof(d->block.name));
	text_put(&name, "simdisk");
	text_put_number(&name, index);

	error = simblk_find(index, &d->pci);
	if (!error)
		error = bus_pci_bar(&d->pci, 0, &bar, &size);
	if (!error && size < SIMDISK_BAR_SIZE)
		error = DMA_EIO;
	if (!error)
		error = dma_host_mmio_map(bar, SIMDISK_BAR_SIZE, &d->regs);
	if (error) {
		text_put(why, "the disk's registers cannot be reached");
		return error;
	}
	error = open_device(d);
	if (error) {
		text_put(why, dma_strerror(error));
		dma_host_mmio_unmap(d->regs, SIMDISK_BAR_SIZE);
		return error;
	}
	d->open = true;
	d->last_look = dma_host_time_ns();
	*disk = &d->block;
	return 0;
}

static void simblk_stop(struct block *disk)
{
	struct simblk *d = simblk_of(disk);

	simblk_end(d, DMA_ENODEV);
	block_wait_served(&d->ending);
}

static int simblk_close(struct block *disk)
{
	struct simblk *d = simblk_of(disk);
	int error;

	simblk_stop(disk);
	dma_coherent_release(&d->completions);
	dma_coherent_release(&d->commands);
	error = bus_pci_dma_fini(&d->pci, &d->dma);
	if (error)
		return error;
	dma_host_mmio_unmap(d->regs, SIMDISK_BAR_SIZE);
	d->open = false;
	return 0;
}

static uint64_t simblk_faults(const struct block *disk)
{
	return bus_pci_faults(&((const struct simblk *)disk)->pci);
}

static const struct block_ops simblk_ops = {
	.submit = simblk_submit,
	.poll = simblk_poll,
	.stop = simblk_stop,
	.close = simblk_close,
	.faults = simblk_faults,
};

const struct block_driver simblk_block_driver = {simblk_find, simblk_open};
