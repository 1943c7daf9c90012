/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Faults (virtio 1.3, 5.13.6.9): the unit fills buffers of the event queue; each is read, and given to it again.
 */
#include "virtio_driver.h"

static const char *const reasons[] = {"the unit does not say why", "the device has no domain", "not mapped, or not so"};

static char *buffer(const struct virtio_unit *unit, unsigned index)
{
	return unit->events + (size_t)VIRTIO_EVENT_STRIDE * index;
}

/* Empty, to the unit. fault_lock held, or nobody polls. */
static void offer(struct virtio_unit *unit, unsigned index)
{
	for (unsigned at = 0; at < VIRTIO_EVENT_STRIDE; at += 8)
		dma_arch_write_once(buffer(unit, index) + at, 0, 8);
	dma_virtq_offer(&unit->event_queue, index);
}

static void notify(struct virtio_unit *unit)
{
	if (dma_virtq_notify(&unit->event_queue))
		dma_virtio_write(unit, unit->doorbell[VIRTIO_EVENT_QUEUE], 2, VIRTIO_EVENT_QUEUE);
}

void dma_virtio_events_offer(struct virtio_unit *unit)
{
	for (unsigned i = 0; i < unit->event_queue.size; i++) {
		dma_virtq_describe(&unit->event_queue, i, unit->events_paddr.raw + (uint64_t)VIRTIO_EVENT_STRIDE * i,
				   VIRTIO_FAULT_BYTES, DMA_VIRTQ_WRITE, 0);
		offer(unit, i);
	}
	notify(unit);
}

/* The next report's buffer; false: there is none, or the queue makes no sense any more. fault_lock held. */
static bool next(struct virtio_unit *unit, uint32_t *index, uint32_t *nbytes)
{
	struct dma_virtq *queue = &unit->event_queue;
	int got = unit->events_broken ? 0 : dma_virtq_take(queue, index, nbytes);

	if (got == 0)
		return false;
	if (got > 0 && *index < queue->size)
		return true;
	unit->events_broken = true;
	dma_queue_give_up(&unit->base.queue, "its event queue makes no sense");
	return false;
}

/* ---- As in struct dma_unit_fault_ops --------------------------------------------------------------------------- */

static unsigned pending(struct dma_unit *base, unsigned *first)
{
	struct virtio_unit *unit = dma_virtio_unit_of(base);
	uintptr_t state = dma_host_lock(&base->fault_lock);
	const struct dma_virtq *queue = &unit->event_queue;
	uint16_t n = (uint16_t)(dma_arch_read_once(queue->ring + dma_virtq_used(queue) + 2, 2) - queue->taken);

	*first = 0;
	dma_host_unlock(&base->fault_lock, state);
	return unit->events_broken ? 0 : n < queue->size ? n : queue->size;
}

static void decode(const struct virtio_unit *unit, const char *at, uint32_t nbytes, struct dma_fault *fault)
{
	uint32_t flags = (uint32_t)dma_arch_read_once(at + VIRTIO_FAULT_FLAGS, 4);
	uint32_t endpoint = (uint32_t)dma_arch_read_once(at + VIRTIO_FAULT_ENDPOINT, 4);
	unsigned code = (unsigned)dma_arch_read_once(at, 1);
	unsigned access = flags & (VIRTIO_FAULT_READ | VIRTIO_FAULT_WRITE);

	fault->requester =
		nbytes < VIRTIO_FAULT_ENDPOINT + 4
			? UINT32_MAX
			: dma_viot_requester_of(&dma_virtio_of(unit->base.iommu)->viot, unit->base.found, endpoint);
	fault->access = access ? (enum dma_fault_access)access : DMA_FAULT_OTHER;
	fault->code = code;
	fault->reason = reasons[code < sizeof(reasons) / sizeof(reasons[0]) ? code : 0];
	if (flags & VIRTIO_FAULT_HAS_ADDRESS)
		fault->daddr = dma_daddr(dma_arch_read_once(at + VIRTIO_FAULT_ADDRESS, 8));
}

/* A report whose reserved bytes are set is of a kind that we do not know, and must not be read as one (5.13.6.9.1). */
static bool read(struct dma_unit *base, unsigned index, struct dma_fault *fault)
{
	struct virtio_unit *unit = dma_virtio_unit_of(base);
	uint32_t nbytes, at;

	(void)index;
	while (next(unit, &at, &nbytes)) {
		unit->event_taken = (uint16_t)at;
		if (!(dma_arch_read_once(buffer(unit, at), 4) >> 8)) {
			decode(unit, buffer(unit, at), nbytes, fault);
			return true;
		}
		offer(unit, at);
		notify(unit);
	}
	return false;
}

static void drop(struct dma_unit *base, unsigned index)
{
	struct virtio_unit *unit = dma_virtio_unit_of(base);

	(void)index;
	offer(unit, unit->event_taken);
	notify(unit);
}

/* The specification has no word for reports that found no buffer. */
const struct dma_unit_fault_ops dma_virtio_faults = {.pending = pending, .read = read, .drop = drop};
