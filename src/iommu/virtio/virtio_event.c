/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Faults (virtio 1.3, 5.13.6.9): the unit's reports, each of which is read, and its buffer given back.
 */
#include "../unit/fault.h"
#include "virtio_driver.h"

static const char *const reasons[] = {"the unit does not say why", "the device has no domain", "not mapped, or not so"};

static unsigned pending(struct dma_unit *base, unsigned *first)
{
	uintptr_t state = dma_host_lock(&base->fault_lock);
	unsigned n = dma_virtio_reports_waiting(&dma_virtio_unit_of(base)->reports);

	*first = 0;
	dma_host_unlock(&base->fault_lock, state);
	return n;
}

static void drop(struct dma_unit *base, unsigned index)
{
	(void)index;
	dma_virtio_report_done(&dma_virtio_unit_of(base)->reports);
}

/* A report whose reserved bytes are set is of a kind that we do not know, and must not be read as one (5.13.6.9.1). */
static bool read(struct dma_unit *base, unsigned index, struct dma_fault *fault)
{
	struct virtio_unit *unit = dma_virtio_unit_of(base);
	uint64_t event[DMA_VIRTIO_REPORT_WORDS];
	uint32_t nbytes, code, flags;
	int got = dma_virtio_report_read(&unit->reports, event, &nbytes);

	if (got < 0)
		dma_virtio_give_up(&unit->requests, "its event queue makes no sense");
	if (got <= 0)
		return false;
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
