/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Faults (virtio 1.3, 5.13.6.9): the unit fills buffers of the event queue, which are the slots of the unit's log; each
 * is read, and given to it again.
 */
#include "../unit/fault.h"
#include "virtio_driver.h"

enum { STRIDE = DMA_UNIT_EVENT_WORDS * sizeof(uint64_t) };

static const char *const reasons[] = {"the unit does not say why", "the device has no domain", "not mapped, or not so"};

/* Empty, to the unit. fault_lock held, or nobody polls. */
static void offer(struct virtio_unit *unit, uint32_t index)
{
	for (unsigned i = 0; i < DMA_UNIT_EVENT_WORDS; i++)
		dma_arch_write_once(&unit->base.log.events[DMA_UNIT_EVENT_WORDS * index + i], 0, 8);
	dma_virtq_offer(&unit->event_queue, index);
}

void dma_virtio_events_offer(struct virtio_unit *unit)
{
	for (unsigned i = 0; i < unit->event_queue.size; i++) {
		dma_virtq_describe(&unit->event_queue, i, unit->base.log.paddr.raw + (uint64_t)STRIDE * i,
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
	uint64_t event[DMA_UNIT_EVENT_WORDS];
	uint32_t nbytes, code, flags;
	int got = dma_virtq_take(&unit->event_queue, &unit->event, &nbytes);

	if (got < 0 || (got > 0 && unit->event >= unit->event_queue.size))
		dma_virtio_give_up(&unit->requests, "its event queue makes no sense");
	if (got <= 0 || unit->event >= unit->event_queue.size)
		return false;
	dma_arch_copy(event, &base->log.events[DMA_UNIT_EVENT_WORDS * unit->event], sizeof(event));
	code = (uint32_t)event[0];
	flags = (uint32_t)(event[0] >> 32);
	if (code >> 8) {
		drop(base, index);
		return false;
	}
	*fault = (struct dma_fault){
		.requester = UINT32_MAX,
		.access = flags & VIRTIO_FAULT_ACCESS ? (enum dma_fault_access)(flags & VIRTIO_FAULT_ACCESS)
						      : DMA_FAULT_OTHER,
		.daddr = dma_daddr(flags & VIRTIO_FAULT_HAS_ADDRESS ? event[2] : 0),
		.code = code,
		.reason = dma_fault_text(reasons, sizeof(reasons) / sizeof(reasons[0]), code),
	};
	if (nbytes >= VIRTIO_FAULT_LEAST)
		fault->requester =
			dma_viot_requester_of(&dma_virtio_of(base->iommu)->viot, base->found, (uint32_t)event[1]);
	return true;
}

/* The specification has no word for reports that found no buffer. */
const struct dma_unit_fault_ops dma_virtio_faults = {.pending = pending, .read = read, .drop = drop};
