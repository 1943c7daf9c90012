/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Endpoints: attached to a domain, detached, let through.
 */
#include <dmastream/errors.h>

#include "../../base/state.h"
#include "virtio_driver.h"

/* ---- Which endpoint is attached to what -------------------------------------------------------------------------- */

/* NULL: it was never attached. Lock held, or `turn`. */
static struct virtio_endpoint *find(const struct virtio_unit *unit, uint32_t requester)
{
	struct virtio_endpoint *endpoint = unit->endpoints;

	while (endpoint && endpoint->requester != requester)
		endpoint = endpoint->next;
	return endpoint;
}

/* Turn held: nobody else adds any. NULL: no memory. */
static struct virtio_endpoint *find_or_make(struct virtio_unit *unit, uint32_t requester)
{
	struct virtio *virtio = dma_virtio_of(unit->base.iommu);
	struct virtio_endpoint *endpoint = find(unit, requester);
	uintptr_t state;

	if (endpoint)
		return endpoint;
	dma_turn_take(&virtio->growing);
	endpoint = dma_firmware_take(&virtio->viot.store, sizeof(*endpoint));
	dma_turn_give(&virtio->growing);
	if (!endpoint)
		return NULL;
	*endpoint = (struct virtio_endpoint){.next = unit->endpoints, .requester = requester};
	state = dma_host_lock(&unit->base.lock);
	unit->endpoints = endpoint;
	dma_host_unlock(&unit->base.lock, state);
	return endpoint;
}

static void count(struct virtio_domain *domain, uint32_t change)
{
	if (domain)
		__atomic_store_n(&domain->endpoints, domain->endpoints + change, __ATOMIC_RELAXED);
}

/* Whatever it was attached to before, it is no more. Lock held. */
static void note(struct virtio_endpoint *endpoint, bool attached, struct virtio_domain *domain)
{
	if (endpoint->attached)
		count(endpoint->domain, UINT32_MAX);
	if (attached)
		count(domain, 1);
	endpoint->domain = domain;
	__atomic_store_n(&endpoint->attached, attached, __ATOMIC_RELAXED);
}

static int ask(struct virtio_unit *unit, unsigned type, const struct virtio_domain *domain, uint32_t requester,
	       uint64_t flags, uint8_t *status)
{
	const uint64_t request[] = {VIRTIO_HEAD(type, dma_virtio_number(unit, domain)),
				    dma_virtio_endpoint(unit, requester) | flags << 32, 0};

	return dma_virtio_run(&unit->requests, request, VIRTIO_ATTACH_BYTES, false, status);
}

/* ---- As in struct dma_unit_driver -------------------------------------------------------------------------------- */

/* An endpoint that is not there, or not attached to that, reaches nothing through it. Any other answer but "done" says
 * that it still may: then everything that the unit does is in doubt. */
static int clear(struct dma_unit *base, uint32_t requester)
{
	struct virtio_unit *unit = dma_virtio_unit_of(base);
	uintptr_t state = dma_host_lock(&base->lock);
	struct virtio_endpoint *endpoint = find(unit, requester);
	bool attached = endpoint && endpoint->attached;
	struct virtio_domain *domain = attached ? endpoint->domain : NULL;
	uint8_t status;

	if (attached)
		note(endpoint, false, NULL);
	dma_host_unlock(&base->lock, state);
	if (!attached)
		return 0;
	if (!ask(unit, VIRTIO_DETACH, domain, requester, 0, &status)) {
		if (status == VIRTIO_S_OK || status == VIRTIO_S_INVAL || status == VIRTIO_S_NOENT)
			return 0;
		dma_virtio_give_up(&unit->requests, "it does not detach a device");
	}
	if (domain) /* what it could reach stays where it is */
		__atomic_store_n(&domain->lost, 1, __ATOMIC_RELAXED);
	return DMA_ETIMEDOUT;
}

/* The unit moves the endpoint from one domain to the other in one request, or cannot (5.13.6.3.2): 1. Fixed regions of
 * a domain that nobody else is attached to come after that: for so long it does not reach them (hazard 74). */
static int attach(struct virtio_unit *unit, struct virtio_endpoint *endpoint, struct virtio_domain *domain)
{
	uint8_t status;
	uintptr_t state;
	bool first;
	int error = ask(unit, VIRTIO_ATTACH, domain, endpoint->requester, domain ? 0 : VIRTIO_ATTACH_BYPASS, &status);

	if (error)
		return error;
	if (status == VIRTIO_S_NOENT && domain && domain->base.home)
		return 0; /* a range of the host's names more functions than there are */
	if (status == VIRTIO_S_UNSUPP && __atomic_load_n(&endpoint->attached, __ATOMIC_RELAXED))
		return 1;
	if (status != VIRTIO_S_OK) {
		dma_log("virtio: endpoint %x cannot be attached: status %x",
			(uint64_t)dma_virtio_endpoint(unit, endpoint->requester), (uint64_t)status);
		return dma_virtio_error(status);
	}
	state = dma_host_lock(&unit->base.lock);
	note(endpoint, true, domain);
	first = domain && domain->endpoints == 1;
	dma_host_unlock(&unit->base.lock, state);
	return first ? dma_virtio_domain_begin(domain) : 0;
}

static int change(struct dma_unit *base, uint32_t requester, struct dma_unit_domain *former, struct dma_unit_domain *to,
		  const uint64_t *words)
{
	struct virtio_unit *unit = dma_virtio_unit_of(base);
	struct virtio_domain *domain = to ? dma_virtio_domain_of(to) : NULL;
	struct virtio_endpoint *endpoint = find_or_make(unit, requester);
	int error = endpoint ? 0 : DMA_ENOMEM;

	(void)former, (void)words;
	if (!error && domain)
		error = dma_virtio_probe(unit, requester, domain);
	if (!error)
		error = attach(unit, endpoint, domain);
	if (error < 0)
		(void)clear(base, requester);
	return error;
}

const struct dma_unit_entry_ops dma_virtio_entries = {.change = change, .clear = clear};
