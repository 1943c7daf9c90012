/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the unit says of an endpoint when it is asked (virtio 1.3, 5.13.6.7): addresses that it reserves.
 */
#include <dmastream/errors.h>

#include "../../base/state.h"
#include "virtio_driver.h"

static uint64_t last_of(const struct dma_reserved *reserved)
{
	return reserved->daddr + (reserved->nbytes - 1);
}

int dma_virtio_reserve(struct virtio_domain *domain, uint64_t first, uint64_t last)
{
	const char *why = "reserved for a device that the domain was not made for";

	first &= ~(uint64_t)0xfff;
	last |= 0xfff;
	for (size_t i = 0; i < domain->nreserved; i++)
		if (domain->reserved[i].daddr <= first && last_of(&domain->reserved[i]) >= last)
			return 0;
	if (!domain->base.space.mapper && domain->nreserved < VIRTIO_MOST_RESERVED) { /* it is being made */
		domain->reserved[domain->nreserved++] =
			(struct dma_reserved){first, last - first == UINT64_MAX ? UINT64_MAX : last - first + 1};
		return 0;
	}
	if (!domain->base.space.mapper)
		why = "more than a domain can reserve";
	dma_log("virtio: addresses %x to %x are %s", first, last, why);
	return DMA_ENOTSUP;
}

bool dma_virtio_usable(const struct virtio_domain *domain, uint64_t granule, uint64_t at, uint64_t last, uint64_t *end)
{
	*end = last;
	for (size_t i = 0; i < domain->nreserved; i++) {
		uint64_t from = domain->reserved[i].daddr & ~(granule - 1);
		uint64_t to = last_of(&domain->reserved[i]) | (granule - 1);

		if (to < at || from > *end)
			continue;
		if (from <= at) {
			*end = to < last ? to : last;
			return false;
		}
		*end = from - 1;
	}
	return true;
}

/* True if all of these addresses, 4 KiB each, are reserved. */
static bool all_reserved(const struct virtio_domain *domain, uint64_t at, uint64_t last)
{
	uint64_t end = at;

	for (; !dma_virtio_usable(domain, (uint64_t)1 << DMA_ENTRY_SHIFT, at, last, &end); at = end + 1)
		if (end == last)
			return true;
	return false;
}

bool dma_virtio_region_fits(const struct virtio_domain *domain, const struct dma_unit_region *region)
{
	uint64_t granule = domain->base.unit->granule, at = region->base, last = region->end - 1, end;

	for (;; at = end + 1) {
		if (!dma_virtio_usable(domain, granule, at, last, &end) && !all_reserved(domain, at, end))
			return false;
		if (end == last)
			return true;
	}
}

/* Properties of unknown types, and those whose reserved bits are set, are passed over (5.13.6.7.1). */
static int parse_properties(const struct virtio_unit *unit, uint32_t endpoint, struct virtio_domain *domain)
{
	uint32_t at = 0;
	int error = 0;

	while (unit->probe_bytes - at >= VIRTIO_PROPERTY_BYTES && !error) {
		uint32_t left = unit->probe_bytes - at, nbytes;
		uint64_t words[VIRTIO_RESV_MEM_WORDS] = {0};

		dma_arch_copy(words, unit->probe + at,
			      left < sizeof(words) ? left : sizeof(words)); /* looked at once */
		if (VIRTIO_PROPERTY_TYPE(words[0]) == 0)
			return 0;
		nbytes = VIRTIO_PROPERTY_BYTES + VIRTIO_PROPERTY_LENGTH(words[0]);
		if (nbytes > left) {
			dma_log("virtio: endpoint %x: a property is longer than all of them: it stays blocked",
				(uint64_t)endpoint);
			return DMA_ENOTSUP;
		}
		at += nbytes;
		if (VIRTIO_PROPERTY_KIND(words[0]) != VIRTIO_RESV_MEM || nbytes < sizeof(words))
			continue;
		if (words[1] <= words[2])
			error = dma_virtio_reserve(domain, words[1], words[2]);
		else
			dma_log("virtio: endpoint %x: reserved range %x to %x makes no sense: it is left out",
				(uint64_t)endpoint, words[1], words[2]);
	}
	return error;
}

int dma_virtio_probe(struct virtio_unit *unit, uint32_t requester, struct virtio_domain *domain)
{
	uint32_t endpoint = dma_virtio_endpoint(unit, requester);
	const uint64_t request[VIRTIO_PROBE_BYTES / 8] = {VIRTIO_HEAD(VIRTIO_PROBE_REQUEST, endpoint)};
	uint8_t status;
	int error;

	if (!unit->probe_bytes)
		return 0;
	dma_turn_take(&unit->probing);
	dma_arch_fill(unit->probe, 0, unit->probe_bytes);
	error = dma_virtio_run(&unit->requests, request, sizeof(request), true, &status);
	if (!error && status == VIRTIO_S_OK) {
		error = parse_properties(unit, endpoint, domain);
	} else if (!error && status != VIRTIO_S_NOENT) {
		dma_log("virtio: endpoint %x cannot be probed: status %x", (uint64_t)endpoint, (uint64_t)status);
		error = DMA_ENOTSUP;
	}
	dma_turn_give(&unit->probing);
	return error;
}
