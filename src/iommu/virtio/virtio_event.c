/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Faults (virtio 1.3, 5.13.6.9): the unit fills buffers of the event queue; each is read, and given to it again.
 */
#include "virtio_driver.h"

enum { STRIDE = 4096 / DMA_VIRTQ_MOST }; /* of the buffers */

static const char *const reasons[] = {"the unit does not say why", "the device has no domain", "not mapped, or not so"};

static char *buffer(const struct virtio_unit *unit, uint32_t index)
{
	return unit->events + (size_t)STRIDE * index;
}

/* Empty, to the unit. fault_lock held, or nobody polls. */
static void offer(struct virtio_unit *unit, uint32_t index)
{
	for (unsigned at = 0; at < STRIDE; at += 8)
		dma_arch_write_once(buffer(unit, index) + at, 0, 8);
	dma_virtq_offer(&unit->event_queue, index);
}

void dma_virtio_events_offer(struct virtio_unit *unit)
{
	for (unsigned i = 0; i < unit->event_queue.size; i++) {
		dma_virtq_describe(&unit->event_queue, i, unit->events_paddr.raw + (uint64_t)STRIDE * i,
				   VIRTIO_FAULT_BYTES, DMA_VIRTQ_WRITE, 0);
		offer(unit, i);
	}
	dma_virtio_notify(&unit->function, &unit->event_queue);
}

/* ---- As in struct dma_unit_fault_ops --------------------------------------------------------------------------- */

static unsigned pending(struct dma_unit *base, unsigned *first)
{
	struct virtio_unit *unit = dma_virtio_unit_of(base);
	uintptr_t state = dma_host_lock(&base->fault_lock);
	uint16_t n = dma_virtq_waiting(&unit->event_queue);

	*first = 0;
	dma_host_unlock(&base->fault_lock, state);
	return n < unit->event_queue.size ? n : unit->event_queue.size;
}

static void drop(struct dma_unit *base, unsigned index)
{
	struct virtio_unit *unit = dma_virtio_unit_of(base);

	(void)index;
	offer(unit, unit->event);
	dma_virtio_notify(&unit->function, &unit->event_queue);
}

/* The next report: its buffer is `event` then. A report whose reserved bytes are set is of a kind that we do not know,
 * and must not be read as one (5.13.6.9.1). */
static bool read(struct dma_unit *base, unsigned index, struct dma_fault *fault)
{
	struct virtio_unit *unit = dma_virtio_unit_of(base);
	uint32_t nbytes, word, flags, endpoint;
	int got = dma_virtq_take(&unit->event_queue, &unit->event, &nbytes);
	const char *at;

	if (got < 0 || (got > 0 && unit->event >= unit->event_queue.size))
		dma_virtio_give_up(&unit->requests, "its event queue makes no sense");
	if (got <= 0 || unit->event >= unit->event_queue.size)
		return false;
	at = buffer(unit, unit->event);
	word = (uint32_t)dma_arch_read_once(at, 4);
	if (word >> 8) {
		drop(base, index);
		return false;
	}
	flags = (uint32_t)dma_arch_read_once(at + VIRTIO_FAULT_FLAGS, 4);
	endpoint = (uint32_t)dma_arch_read_once(at + VIRTIO_FAULT_ENDPOINT, 4);
	fault->requester = nbytes < VIRTIO_FAULT_ENDPOINT + 4
				   ? UINT32_MAX
				   : dma_viot_requester_of(&dma_virtio_of(base->iommu)->viot, base->found, endpoint);
	fault->access = flags & (VIRTIO_FAULT_READ | VIRTIO_FAULT_WRITE)
				? (enum dma_fault_access)(flags & (VIRTIO_FAULT_READ | VIRTIO_FAULT_WRITE))
				: DMA_FAULT_OTHER;
	fault->code = word;
	fault->reason = reasons[word < sizeof(reasons) / sizeof(reasons[0]) ? word : 0];
	if (flags & VIRTIO_FAULT_HAS_ADDRESS)
		fault->daddr = dma_daddr(dma_arch_read_once(at + VIRTIO_FAULT_ADDRESS, 8));
	return true;
}

/* The specification has no word for reports that found no buffer. */
const struct dma_unit_fault_ops dma_virtio_faults = {.pending = pending, .read = read, .drop = drop};
