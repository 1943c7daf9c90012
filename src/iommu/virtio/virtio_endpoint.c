/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Endpoints: attached to a domain, detached, let through.
 */
#include <dmastream/errors.h>

#include "../../base/state.h"
#include "virtio_driver.h"

/* ---- Which endpoint is attached to what ------------------------------------------------------------------------ */

/* One for the first device, which so takes no page when it comes. */
int dma_virtio_endpoints_init(struct virtio *virtio)
{
	virtio->spare = dma_firmware_take(&virtio->viot.store, sizeof(*virtio->spare));
	return virtio->spare ? 0 : DMA_ENOMEM;
}

/* Memory for one more. Interrupts on. NULL: there is none. */
static struct virtio_endpoint *endpoint_take(struct virtio *virtio)
{
	struct virtio_endpoint *endpoint;
	uintptr_t state = dma_host_lock(&virtio->lock);

	endpoint = virtio->spare;
	if (endpoint)
		virtio->spare = endpoint->next;
	dma_host_unlock(&virtio->lock, state);
	if (endpoint)
		return endpoint;
	dma_turn_take(&virtio->growing);
	endpoint = dma_firmware_take(&virtio->viot.store, sizeof(*endpoint));
	dma_turn_give(&virtio->growing);
	return endpoint;
}

static void endpoint_give(struct virtio *virtio, struct virtio_endpoint *endpoint)
{
	uintptr_t state = dma_host_lock(&virtio->lock);

	endpoint->next = virtio->spare;
	virtio->spare = endpoint;
	dma_host_unlock(&virtio->lock, state);
}

static void count(struct virtio_domain *domain, uint32_t change)
{
	if (domain)
		__atomic_store_n(&domain->endpoints, domain->endpoints + change, __ATOMIC_RELAXED);
}

/* Takes the requester's off the list; NULL: it is attached to nothing. */
static struct virtio_endpoint *unlink(struct virtio_unit *unit, uint32_t requester)
{
	uintptr_t state = dma_host_lock(&unit->base.lock);
	struct virtio_endpoint **link = &unit->endpoints, *endpoint;

	while (*link && (*link)->requester != requester)
		link = &(*link)->next;
	endpoint = *link;
	if (endpoint) {
		*link = endpoint->next;
		count(endpoint->domain, UINT32_MAX);
	}
	dma_host_unlock(&unit->base.lock, state);
	return endpoint;
}

/* True: the domain has just come to exist in the unit. */
static bool link(struct virtio_unit *unit, struct virtio_endpoint *endpoint)
{
	uintptr_t state = dma_host_lock(&unit->base.lock);
	bool first = endpoint->domain && !endpoint->domain->endpoints;

	endpoint->next = unit->endpoints;
	unit->endpoints = endpoint;
	count(endpoint->domain, 1);
	dma_host_unlock(&unit->base.lock, state);
	return first;
}

static bool attached(struct virtio_unit *unit, uint32_t requester)
{
	uintptr_t state = dma_host_lock(&unit->base.lock);
	const struct virtio_endpoint *endpoint = unit->endpoints;

	while (endpoint && endpoint->requester != requester)
		endpoint = endpoint->next;
	dma_host_unlock(&unit->base.lock, state);
	return endpoint;
}

/* ---- As in struct dma_unit_driver ------------------------------------------------------------------------------ */

/* An endpoint that is not there, or not attached to that, reaches nothing through it. Any other answer but "done" says
 * that it still may: then everything that the unit does is in doubt. */
static int clear(struct dma_unit *base, uint32_t requester)
{
	struct virtio_unit *unit = dma_virtio_unit_of(base);
	struct virtio_endpoint *endpoint = unlink(unit, requester);
	struct virtio_domain *domain;
	uint8_t status;
	int error;

	if (!endpoint)
		return 0;
	domain = endpoint->domain;
	error = dma_virtio_run(unit, virtio_detach(dma_virtio_number(unit, domain), endpoint->number), &status);
	endpoint_give(dma_virtio_of(base->iommu), endpoint);
	if (!error && (status == VIRTIO_S_OK || status == VIRTIO_S_INVAL || status == VIRTIO_S_NOENT))
		return 0;
	if (!error)
		dma_queue_give_up(&base->queue, "it does not detach a device");
	if (domain) /* what it could reach stays where it is */
		__atomic_store_n(&domain->lost, 1, __ATOMIC_RELAXED);
	return DMA_ETIMEDOUT;
}

/* What the unit's answer to an ATTACH means. 0: it is attached. */
static int judge(const struct virtio_endpoint *endpoint, uint8_t status)
{
	if (status == VIRTIO_S_OK)
		return 0;
	dma_log("virtio: endpoint %x cannot be attached: status %x", (uint64_t)endpoint->number, (uint64_t)status);
	return status == VIRTIO_S_NOMEM ? DMA_ENOMEM : DMA_ENOTSUP;
}

/* Attached, and what it was attached to before is history. */
static int settle(struct virtio_unit *unit, struct virtio_endpoint *endpoint)
{
	struct virtio_endpoint *former = unlink(unit, endpoint->requester);

	if (former)
		endpoint_give(dma_virtio_of(unit->base.iommu), former);
	return link(unit, endpoint) ? dma_virtio_domain_begin(endpoint->domain) : 0;
}

/* The unit moves the endpoint from one domain to the other in one request, or cannot (5.13.6.3.2). Fixed regions of a
 * domain that nobody else is attached to come after that: for so long the endpoint does not reach them (hazard 74). */
static int change(struct dma_unit *base, uint32_t requester, struct dma_unit_domain *former,
		  struct dma_unit_domain *domain, const uint64_t *words)
{
	struct virtio_unit *unit = dma_virtio_unit_of(base);
	struct virtio *virtio = dma_virtio_of(base->iommu);
	struct virtio_endpoint *endpoint = endpoint_take(virtio);
	uint8_t status = VIRTIO_S_OK;
	int error;

	(void)former, (void)words;
	if (!endpoint)
		return DMA_ENOMEM;
	*endpoint = (struct virtio_endpoint){.requester = requester};
	endpoint->domain = domain ? dma_virtio_domain_of(domain) : NULL;
	(void)dma_viot_unit_of(&virtio->viot, requester, &endpoint->number);
	error = domain ? dma_virtio_reserved(unit, requester, endpoint->domain, false) : 0;
	if (!error)
		error = dma_virtio_run(unit,
				       virtio_attach(dma_virtio_number(unit, endpoint->domain), endpoint->number,
						     domain ? 0 : VIRTIO_ATTACH_BYPASS),
				       &status);
	if (!error && status == VIRTIO_S_NOENT && domain && domain->home)
		goto no_endpoint; /* a range of the host's names more functions than there are */
	if (!error && status == VIRTIO_S_UNSUPP && attached(unit, requester)) {
		error = 1; /* not in one step */
		goto no_endpoint;
	}
	if (!error)
		error = judge(endpoint, status);
	if (!error) {
		error = settle(unit, endpoint);
		endpoint = NULL;
	}
	if (error)
		(void)clear(base, requester);
no_endpoint:
	if (endpoint)
		endpoint_give(virtio, endpoint);
	return error;
}

const struct dma_unit_entry_ops dma_virtio_entries = {.change = change, .clear = clear};
