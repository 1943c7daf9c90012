/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Split queues (Virtual I/O Device 1.2, 2.7): a table of descriptors, a ring of chains that the device may take, a ring
 * of chains that it has done with. In one piece of coherent memory, the device's ring at a page of its own:
 *
 *	descriptors  16 bytes x size | driver: flags, index, 2 bytes x size, used_event |
 *	device: flags, index, 8 bytes x size, avail_event
 */
#include <dmastream/barrier.h>
#include <dmastream/errors.h>

#include "virtio.h"

static size_t driver_at(const struct virtq *q)
{
	return sizeof(struct virtq_descriptor) * q->size;
}

static size_t device_at(const struct virtq *q)
{
	size_t end = driver_at(q) + sizeof(struct virtq_available) + sizeof(uint16_t) * (q->size + 1u);

	return (end + DMA_PAGE_SIZE - 1) & ~(size_t)(DMA_PAGE_SIZE - 1);
}

static size_t nbytes_of(const struct virtq *q)
{
	return device_at(q) + sizeof(struct virtq_used) + sizeof(struct virtq_used_element) * q->size +
	       sizeof(uint16_t);
}

static volatile uint16_t *used_event(const struct virtq *q)
{
	return &q->available->ring[q->size];
}

static volatile uint16_t *avail_event(const struct virtq *q)
{
	return (volatile uint16_t *)(volatile void *)&q->used->ring[q->size];
}

static int split_open(struct virtq *q)
{
	size_t npages = (nbytes_of(q) + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT;
	int error = dma_coherent_alloc(&q->memory, &q->device->dma, 0, npages);
	char *memory;

	if (error)
		return error;
	memory = dma_coherent_pointer(&q->memory);
	q->descriptors = (volatile void *)memory;
	q->available = (volatile void *)(memory + driver_at(q));
	q->used = (volatile void *)(memory + device_at(q));
	return 0;
}

static void split_close(struct virtq *q)
{
	dma_coherent_release(&q->memory);
}

static dma_daddr_t split_area(const struct virtq *q, unsigned which)
{
	const size_t at[] = {0, driver_at(q), device_at(q)};

	return dma_daddr(dma_coherent_daddr(&q->memory).raw + at[which]);
}

/* A chain's identifier is the number of its first descriptor (2.7.8). What the device makes of the table is not read
 * back: which descriptor follows which is known by q->next (hazard 62). */
static void split_add(struct virtq *q, unsigned id, const struct virtq_part *parts, unsigned nread, unsigned nparts)
{
	bool indirect = q->chains[id].table;

	for (unsigned i = 0; i < nparts; i++) {
		volatile struct virtq_descriptor *d = &q->descriptors[q->free];
		unsigned flags = indirect ? VIRTQ_INDIRECT : i >= nread ? VIRTQ_WRITE : 0;

		d->daddr = parts[i].daddr.raw;
		d->nbytes = parts[i].nbytes;
		d->flags = (uint16_t)(flags | (i + 1 < nparts ? VIRTQ_NEXT : 0));
		q->free = q->next[q->free];
		d->next = q->free;
	}
	q->available->ring[q->added & (q->size - 1u)] = (uint16_t)id;
	q->added++;
}

static bool split_offer(struct virtq *q)
{
	uint16_t fresh = (uint16_t)(q->added - q->told);
	uint16_t event;

	if (!fresh)
		return false;
	dma_publish(); /* the chains before the index that gives them away (2.7.13.3.1) */
	q->available->index = q->added;
	q->told = q->added;
	dma_barrier(); /* the index before the look at what the device asked for (2.7.13.4.1; hazard 69) */
	if (!q->events)
		return !(q->used->flags & VIRTQ_NO_EVENTS);
	event = *avail_event(q); /* 2.7.10.1: is the event's entry among the fresh ones? */
	return (uint16_t)(q->added - event - 1) < fresh;
}

static int split_next(struct virtq *q, uint32_t *id, uint32_t *nbytes)
{
	volatile const struct virtq_used_element *element;
	uint16_t index = q->used->index, ready = (uint16_t)(index - q->taken);

	if (!ready)
		return 0;
	if (ready > q->nchains)
		return virtio_fail(q->device, DMA_EIO, "the device counts more answers than it has buffers");
	dma_consume();
	element = &q->used->ring[q->taken & (q->size - 1u)];
	*id = element->id;
	*nbytes = element->nbytes;
	q->taken++;
	return 1;
}

/* All descriptors of the chain go to the front of the free ones. */
static void split_finish(struct virtq *q, unsigned id)
{
	unsigned last = id;

	for (unsigned i = 1; i < q->chains[id].ndescriptors; i++)
		last = q->next[last];
	q->next[last] = q->free;
	q->free = (uint16_t)id;
}

/* 2.7.7: by the flag, or by the index of the entry that is waited for; to wait for none, that of one long past. */
static void split_wake(struct virtq *q, bool on)
{
	if (q->events)
		*used_event(q) = (uint16_t)(on ? q->taken : q->taken - 1);
	else
		q->available->flags = on ? 0 : VIRTQ_NO_EVENTS;
}

static bool split_more(const struct virtq *q)
{
	return q->used->index != q->taken;
}

const struct virtq_layout virtq_split = {
	.open = split_open,
	.close = split_close,
	.area = split_area,
	.add = split_add,
	.offer = split_offer,
	.next = split_next,
	.finish = split_finish,
	.wake = split_wake,
	.more = split_more,
};
