/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Endpoints: attached to a domain, detached, let through (virtio 1.3, 5.13.6.3 and 5.13.6.4). Which is attached to what
 * is written down in ../unit/unit_attached.h.
 */
#include <dmastream/errors.h>

#include "../../base/state.h"
#include "virtio_driver.h"

static int ask(struct virtio_unit *unit, unsigned type, const struct dma_unit_domain *domain, uint32_t requester,
	       uint64_t flags, uint8_t *status)
{
	const uint64_t request[] = {VIRTIO_HEAD(type, dma_virtio_number(unit, domain)),
				    dma_virtio_endpoint(unit, requester) | flags << 32, 0};

	return dma_virtio_run(&unit->requests, request, VIRTIO_ATTACH_BYTES, false, status);
}

/* An endpoint that is not there, or not attached to that, reaches nothing through it. Any other answer but "done" says
 * that it still may: then everything that the unit does is in doubt. */
static int clear(struct dma_unit *base, uint32_t requester)
{
	struct virtio_unit *unit = dma_virtio_unit_of(base);
	struct dma_unit_domain *domain;
	uint8_t status;

	if (!dma_unit_attached_end(base, requester, &domain))
		return 0;
	if (!ask(unit, VIRTIO_DETACH, domain, requester, 0, &status)) {
		if (status == VIRTIO_S_OK || status == VIRTIO_S_INVAL || status == VIRTIO_S_NOENT)
			return 0;
		dma_virtio_give_up(&unit->requests, "it does not detach a device");
	}
	if (domain) /* what it could reach stays where it is */
		__atomic_store_n(&dma_virtio_domain_of(domain)->lost, 1, __ATOMIC_RELAXED);
	return DMA_ETIMEDOUT;
}

/* The unit moves the endpoint from one domain to the other in one request, or cannot (5.13.6.3.2): 1. Fixed regions of
 * a domain that nobody else is attached to come after that: for so long it does not reach them (hazard 74). */
static int attach(struct virtio_unit *unit, uint32_t requester, struct dma_unit_domain *domain)
{
	uint8_t status;
	int error = ask(unit, VIRTIO_ATTACH, domain, requester, domain ? 0 : VIRTIO_ATTACH_BYPASS, &status);

	if (error)
		return error;
	if (status == VIRTIO_S_NOENT && domain && domain->home)
		return 0; /* a range of the host's names more functions than there are */
	if (status == VIRTIO_S_UNSUPP && dma_unit_attached(&unit->base, requester))
		return 1;
	if (status != VIRTIO_S_OK) {
		dma_log("virtio: endpoint %x cannot be attached: status %x",
			(uint64_t)dma_virtio_endpoint(unit, requester), (uint64_t)status);
		return dma_virtio_error(status);
	}
	return dma_unit_attached_set(&unit->base, requester, domain) ? dma_virtio_domain_begin(domain) : 0;
}

static int change(struct dma_unit *base, uint32_t requester, struct dma_unit_domain *former,
		  struct dma_unit_domain *domain, const uint64_t *words)
{
	int error = dma_unit_attached_prepare(base, requester);

	(void)former, (void)words;
	if (!error && domain)
		error = dma_virtio_probe(requester, domain);
	if (!error)
		error = attach(dma_virtio_unit_of(base), requester, domain);
	if (error < 0)
		(void)clear(base, requester);
	return error;
}

const struct dma_unit_entry_ops dma_virtio_entries = {.change = change, .clear = clear};
