/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The virtio disk's life: bring-up, time limits, the end. It has one queue, whose answers come by interrupt where
 * the bus has some. An answer that is a lie ends the disk, and so does an access that an IOMMU blocked (hazard 61).
 */
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#include "../text.h"
#include "virtio_blk.h"

enum { DISKS = 4, LOOK_NS = 10000000, BLK_MOST_BYTES = 1 << 20 /* of a request */ };

/* 5.2.3 */
#define BLK_F_SIZE_MAX ((uint64_t)1 << 1)
#define BLK_F_SEG_MAX  ((uint64_t)1 << 2)
#define BLK_F_RO       ((uint64_t)1 << 5)
#define BLK_F_BLK_SIZE ((uint64_t)1 << 6)
#define BLK_WANTED     (BLK_F_SIZE_MAX | BLK_F_SEG_MAX | BLK_F_RO | BLK_F_BLK_SIZE | BLK_F_FLUSH)

/* 5.2.4 */
enum { CONFIG_CAPACITY = 0, CONFIG_SIZE_MAX = 8, CONFIG_SEG_MAX = 12, CONFIG_BLK_SIZE = 20 };

static struct virtio_blk pool[DISKS];
static const struct block_ops blk_ops;

static struct virtio_blk *blk_of(struct block *disk)
{
	return (struct virtio_blk *)disk; /* the first member */
}

/* ---- Bring-up --------------------------------------------------------------------------------------------- */

/* What the configuration says, each field once; what makes no sense is refused. */
static int learn(struct virtio_blk *d, struct dma_device_config *config)
{
	struct virtio *v = &d->device;
	uint64_t sectors = 0, most;
	unsigned entries = virtq_size(v, 0, VIRTQ_SIZE);
	uint32_t block_size = 512, seg_max = BLK_SEGMENTS, size_max = BLK_MOST_BYTES;
	int error = virtio_config(v, CONFIG_CAPACITY, &sectors, sizeof(sectors), 4);

	if (!error && v->features & BLK_F_BLK_SIZE)
		error = virtio_config(v, CONFIG_BLK_SIZE, &block_size, sizeof(block_size), 4);
	if (!error && v->features & BLK_F_SEG_MAX)
		error = virtio_config(v, CONFIG_SEG_MAX, &seg_max, sizeof(seg_max), 4);
	if (!error && v->features & BLK_F_SIZE_MAX)
		error = virtio_config(v, CONFIG_SIZE_MAX, &size_max, sizeof(size_max), 4);
	if (error)
		return error;
	if (block_size < 512 || block_size > 4096 || block_size & (block_size - 1) || !seg_max)
		return virtio_fail(v, DMA_EIO, "its configuration makes no sense");
	while (1u << d->block_shift < block_size)
		d->block_shift++;
	if (sectors > UINT64_MAX >> BLK_SECTOR_SHIFT || !(sectors >> (d->block_shift - BLK_SECTOR_SHIFT)))
		return virtio_fail(v, DMA_EIO, "its configuration makes no sense");
	d->block.block_size = block_size;
	d->block.nblocks = sectors >> (d->block_shift - BLK_SECTOR_SHIFT);
	d->block.read_only = v->features & BLK_F_RO;
	d->max_segments = seg_max < BLK_SEGMENTS ? seg_max : BLK_SEGMENTS;
	if (entries > 2 && d->max_segments > entries - 2) /* beside header and status */
		d->max_segments = entries - 2;
	config->max_segments = d->max_segments;
	/* A piece of the request's that is longer than a segment of the device's is cut (virtio_request.c). */
	size_max = size_max < BLK_MOST_BYTES ? size_max : BLK_MOST_BYTES;
	d->max_bytes = size_max & ~((1u << BLK_SECTOR_SHIFT) - 1);
	most = (uint64_t)d->max_segments * d->max_bytes;
	most = most < BLK_MOST_BYTES ? most : BLK_MOST_BYTES;
	if (most < DMA_PAGE_SIZE)
		return virtio_fail(v, DMA_ENOTSUP, "its requests are shorter than a page");
	d->block.max_blocks = (uint32_t)most >> d->block_shift;
	return 0;
}

static int service(struct virtio_blk *d, bool by_interrupt);

static void on_interrupt(void *context)
{
	(void)service(context, true);
}

static int open_queue(struct virtio_blk *d, unsigned cpu)
{
	struct virtio *v = &d->device;
	struct dma_pool_config headers = {
		.name = d->block.name, .coherent = true, .block_size = BLK_HEADER_BLOCK, .align = BLK_HEADER_BLOCK};
	unsigned depth;
	int error;

	d->ending.stopped = true; /* until the queue is there, an interrupt is nothing */
	d->interrupts = bus_pci_interrupt(&v->pci, 0, cpu, on_interrupt, d) == 0;
	error = virtq_open(v, &d->queue, 0, VIRTQ_SIZE, d->interrupts ? 0 : VIRTIO_NO_VECTOR);
	if (error)
		return error;
	/* 2.7.5.3.1: a chain is no longer than its queue. */
	depth = d->queue.size < d->max_segments + 2 ? 0 : virtq_room(&d->queue, d->max_segments + 2);
	depth = depth < INFLIGHT_MAX ? depth : INFLIGHT_MAX;
	if (!depth)
		return virtio_fail(v, DMA_ENOTSUP, "its queue is too short for one request");
	headers.blocks = depth;
	error = dma_pool_create(&d->headers, &v->dma, &headers);
	if (error)
		return virtio_fail(v, error, dma_strerror(error));
	inflight_init(&d->inflight, depth);
	d->block.depth = depth;
	d->last_look = dma_host_time_ns();
	error = virtio_go(v);
	if (!error)
		__atomic_store_n(&d->ending.stopped, false, __ATOMIC_RELEASE);
	return error;
}

/* Everything back that was taken, whatever there is of it. */
static int give_back(struct virtio_blk *d)
{
	if (d->interrupts)
		bus_pci_interrupt_end(&d->device.pci, 0);
	d->interrupts = false;
	for (unsigned i = 0; i < INFLIGHT_MAX; i++) /* of requests that were never answered */
		blk_put_header(d, i);
	if (d->headers.dev)
		(void)!dma_pool_destroy(&d->headers); /* nothing is out */
	virtq_close(&d->queue);
	return virtio_close(&d->device);
}

static int start(struct virtio_blk *d, unsigned cpu)
{
	struct virtio *v = &d->device;
	struct dma_device_config config = {.name = d->block.name, .mask = UINT64_MAX};
	int error = virtio_open(v);

	if (error)
		return error;
	error = virtio_negotiate(v, BLK_WANTED);
	if (!error)
		error = learn(d, &config);
	if (!error)
		error = virtio_attach(v, &config);
	if (!error)
		error = open_queue(d, cpu);
	if (!error)
		return 0;
	virtio_halt(v, false);
	(void)!give_back(d);
	return error;
}

static int blk_find(unsigned nth, struct bus_pci *out)
{
	return virtio_nth(VIRTIO_KIND_BLOCK, nth, out);
}

static int blk_open(unsigned nth, struct block **disk, struct text *why)
{
	struct virtio_blk *d = NULL;
	struct text name;
	int error;

	for (unsigned i = 0; i < DISKS && !d; i++)
		if (!pool[i].open)
			d = &pool[i];
	if (!d) {
		text_put(why, "the driver has no place for another disk");
		return DMA_ENOMEM;
	}
	*d = (struct virtio_blk){.block.ops = &blk_ops, .timeout = inflight_timeout()};
	d->block.dma = &d->device.dma;
	name = text_in(d->block.name, sizeof(d->block.name));
	text_put(&name, "virtio-blk");
	text_put_number(&name, nth);
	error = blk_find(nth, &d->device.pci);
	if (error)
		return error;
	error = start(d, nth);
	if (error) {
		text_put(why, d->device.why ? d->device.why : dma_strerror(error));
		return error;
	}
	d->open = true;
	*disk = &d->block;
	return 0;
}

/* ---- At work ---------------------------------------------------------------------------------------------- */

static int blk_submit(struct block *disk, struct block_request *request)
{
	struct virtio_blk *d = blk_of(disk);
	int slot = -1, error = block_check(disk, request);
	uintptr_t state;

	if (error)
		return __atomic_load_n(&d->ending.stopped, __ATOMIC_RELAXED) ? DMA_ENODEV : error;
	state = bus_lock(&d->lock);
	if (d->ending.stopped)
		error = DMA_ENODEV;
	else if ((slot = inflight_take(&d->inflight, request)) < 0)
		error = DMA_EBUSY;
	if (!error) {
		request->slot = (uint16_t)slot;
		request->done = false;
		error = blk_add(d, request, (unsigned)slot);
		if (error)
			inflight_give(&d->inflight, (unsigned)slot);
		else
			virtq_kick(&d->queue);
	}
	bus_unlock(&d->lock, state);
	return error;
}

/* Every 10 ms, whatever completes meanwhile: one request may be lost among others. Under the lock. */
static int look(struct virtio_blk *d)
{
	const struct block_request *late;
	const char *why;

	if (!inflight_count(&d->inflight))
		return 0;
	why = virtio_sick(&d->device);
	if (why) {
		block_report(&d->block, why);
		return DMA_EIO;
	}
	late = inflight_overdue(&d->inflight, d->timeout);
	if (!late)
		return 0;
	block_report_request(&d->block, late, "no answer in time; the disk is stopped");
	return DMA_ETIMEDOUT;
}

/* Stops the device, then ends what was in flight with that status; once, whoever comes first. */
static void end(struct virtio_blk *d, int status, bool orderly)
{
	if (!block_end(&d->ending, &d->lock, status))
		return;
	virtio_halt(&d->device, orderly);
	inflight_finish_all(&d->inflight, status);
	block_ended(&d->ending);
}

static int service(struct virtio_blk *d, bool by_interrupt)
{
	struct blk_harvest h;
	uintptr_t state = bus_lock(&d->lock);
	uint64_t now = dma_host_time_ns();
	bool due = (int64_t)(now - d->last_look) >= LOOK_NS; /* another CPU's clock may be ahead */

	h.count = 0;
	h.error = 0;
	if (d->ending.stopped) {
		int status = d->ending.status;

		bus_unlock(&d->lock, state);
		return status;
	}
	if (due && !by_interrupt)
		d->last_look = now;
	if (by_interrupt || !d->interrupts || due || d->stable) /* a lost interrupt costs 10 ms */
		blk_reap(d, &h);
	/* What came between the last look and the request for an interrupt has no interrupt. (Nothing is under way when
	 * the harvest is full, and it asks all the same: for what is submitted next.) */
	while (d->interrupts && !h.error && virtq_listen(&d->queue))
		blk_reap(d, &h);
	if (by_interrupt)
		d->block.interrupts += h.count;
	else if (!h.error && due)
		h.error = look(d);
	__atomic_add_fetch(&d->ending.serving, 1, __ATOMIC_RELAXED); /* before `stopped` can be set */
	bus_unlock(&d->lock, state);
	for (unsigned i = 0; i < h.count; i++)
		block_complete(h.requests[i], h.statuses[i]);
	__atomic_sub_fetch(&d->ending.serving, 1, __ATOMIC_RELEASE);
	if (h.error)
		end(d, h.error, false);
	return h.error ? h.error : (int)h.count;
}

static int blk_poll(struct block *disk)
{
	return block_polled(&blk_of(disk)->ending, service(blk_of(disk), false));
}

static void blk_stop(struct block *disk)
{
	struct virtio_blk *d = blk_of(disk);

	end(d, DMA_ENODEV, true);
	block_wait_served(&d->ending);
}

static int blk_close(struct block *disk)
{
	struct virtio_blk *d = blk_of(disk);
	int error;

	blk_stop(disk);
	error = give_back(d);
	if (!error)
		d->open = false;
	return error;
}

static uint64_t blk_faults(const struct block *disk)
{
	return bus_pci_faults(&((const struct virtio_blk *)disk)->device.pci);
}

static const struct block_ops blk_ops = {
	.submit = blk_submit,
	.poll = blk_poll,
	.stop = blk_stop,
	.close = blk_close,
	.faults = blk_faults,
};

const struct block_driver virtio_block_driver = {blk_find, blk_open};
