/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Packed queues (Virtual I/O Device 1.2, 2.8): one ring in which the driver offers descriptors and the device writes
 * its answers over them. Each side has a wrap counter, which is the round's phase in ring.h: a descriptor is offered
 * when its AVAIL bit is the driver's counter and its USED bit is not, and answered when both are the device's.
 */
#include <dmastream/barrier.h>
#include <dmastream/errors.h>

#include "virtio.h"

enum { DRIVER_AREA = 0, DEVICE_AREA = 1, AREA_STRIDE = 64 };

static int packed_open(struct virtq *q)
{
	int error = dma_ring_alloc(&q->ring, &q->device->dma, q->size);
	char *memory;

	if (error)
		return error;
	error = dma_coherent_alloc(&q->memory, &q->device->dma, 0, 1);
	if (error) {
		dma_ring_release(&q->ring);
		return error;
	}
	memory = dma_coherent_pointer(&q->memory);
	q->suppression[DRIVER_AREA] = (volatile void *)memory;
	q->suppression[DEVICE_AREA] = (volatile void *)(memory + AREA_STRIDE);
	return 0;
}

static void packed_close(struct virtq *q)
{
	dma_coherent_release(&q->memory);
	dma_ring_release(&q->ring);
}

static dma_daddr_t packed_area(const struct virtq *q, unsigned which)
{
	return which == 0 ? dma_ring_daddr(&q->ring)
			  : dma_daddr(dma_coherent_daddr(&q->memory).raw + (which - 1) * AREA_STRIDE);
}

/* 2.8.21.1: the flags of the first descriptor come last, for they give the chain away. */
static void packed_add(struct virtq *q, unsigned id, const struct virtq_part *parts, unsigned nread, unsigned nparts)
{
	volatile struct virtq_packed_descriptor *head = dma_ring_tail_entry(&q->ring);
	bool indirect = q->chains[id].table;
	unsigned head_flags = 0;

	q->free = q->next[id];
	for (unsigned i = 0; i < nparts; i++) {
		volatile struct virtq_packed_descriptor *d = dma_ring_tail_entry(&q->ring);
		unsigned flags = dma_ring_tail_phase(&q->ring) ? VIRTQ_AVAIL : VIRTQ_USED;

		flags |= indirect ? VIRTQ_INDIRECT : i >= nread ? VIRTQ_WRITE : 0;
		flags |= i + 1 < nparts ? VIRTQ_NEXT : 0;
		d->daddr = parts[i].daddr.raw;
		d->nbytes = parts[i].nbytes;
		d->id = (uint16_t)id;
		if (i == 0)
			head_flags = flags;
		else
			d->flags = (uint16_t)flags;
		(void)dma_ring_produce(&q->ring);
	}
	q->fresh = (uint16_t)(q->fresh + nparts);
	dma_publish();
	head->flags = (uint16_t)head_flags;
}

static bool packed_offer(struct virtq *q)
{
	unsigned fresh = q->fresh, rounds = 2u * q->size, event, behind;
	uint32_t word;

	if (!fresh)
		return false;
	q->fresh = 0;
	dma_barrier(); /* the descriptors before the look at what the device asked for (2.8.21.3.1; hazard 69) */
	word = *q->suppression[DEVICE_AREA];
	if ((word >> 16 & 3) != VIRTQ_EVENTS_AT || !q->events)
		return (word >> 16 & 3) != VIRTQ_EVENTS_OFF;
	/* Is the entry that it waits for among the fresh ones? Positions count two rounds, as the wrap counter does. */
	event = (word & 0x7fff) + (word & 0x8000 ? 0 : q->size);
	behind = (q->ring.ring.tail + rounds - event % rounds) % rounds;
	return behind >= 1 && behind <= fresh;
}

static int packed_next(struct virtq *q, uint32_t *id, uint32_t *nbytes)
{
	const volatile struct virtq_packed_descriptor *d = dma_ring_head_entry(&q->ring);
	uint16_t both = VIRTQ_AVAIL | VIRTQ_USED, flags = d->flags;

	if ((flags & both) != (dma_ring_head_phase(&q->ring) ? both : 0))
		return 0;
	if (!q->nchains)
		return virtio_fail(q->device, DMA_EIO, "the device counts more answers than it has buffers");
	dma_consume();
	*id = d->id;
	*nbytes = d->nbytes;
	/* 2.8.4: without the WRITE flag the length is reserved. (QEMU 10.0 never sets the flag, so where the device had
	 * something to write, the length is looked at all the same.) */
	if (!(flags & VIRTQ_WRITE) && *id < q->size && !q->chains[*id].writable)
		*nbytes = 0;
	return 1;
}

/* The answer stands in the first place of those that its chain took: 2.8.6. */
static void packed_finish(struct virtq *q, unsigned id)
{
	for (unsigned i = 0; i < q->chains[id].ndescriptors; i++)
		(void)dma_ring_consume(&q->ring);
	q->next[id] = q->free;
	q->free = (uint16_t)id;
}

/* 2.8.10: at the next entry, or whenever, or never. */
static void packed_wake(struct virtq *q, bool on)
{
	uint32_t at = dma_ring_head(&q->ring) | (dma_ring_head_phase(&q->ring) ? 0x8000u : 0);

	*q->suppression[DRIVER_AREA] = !on	   ? (uint32_t)VIRTQ_EVENTS_OFF << 16
				       : q->events ? at | (uint32_t)VIRTQ_EVENTS_AT << 16
						   : (uint32_t)VIRTQ_EVENTS_ON << 16;
}

static bool packed_more(const struct virtq *q)
{
	const volatile struct virtq_packed_descriptor *d = dma_ring_head_entry(&q->ring);
	uint16_t both = VIRTQ_AVAIL | VIRTQ_USED;

	return (d->flags & both) == (dma_ring_head_phase(&q->ring) ? both : 0);
}

const struct virtq_layout virtq_packed = {
	.open = packed_open,
	.close = packed_close,
	.area = packed_area,
	.add = packed_add,
	.offer = packed_offer,
	.next = packed_next,
	.finish = packed_finish,
	.wake = packed_wake,
	.more = packed_more,
};
