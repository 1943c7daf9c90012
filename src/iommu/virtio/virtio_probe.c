/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the unit says of an endpoint when it is asked (virtio 1.3, 5.13.6.7): addresses that it reserves.
 */
#include <dmastream/errors.h>

#include "../../base/state.h"
#include "virtio_driver.h"

/* Properties of unknown types, and those whose reserved bits are set, are passed over (5.13.6.7.1). */
static int parse_properties(const struct virtio_unit *unit, uint32_t endpoint, struct dma_unit_domain *domain)
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
			error = dma_unit_reserve(domain, words[1], words[2]);
		else
			dma_log("virtio: endpoint %x: reserved range %x to %x makes no sense: it is left out",
				(uint64_t)endpoint, words[1], words[2]);
	}
	return error;
}

int dma_virtio_probe(uint32_t requester, struct dma_unit_domain *domain)
{
	struct virtio_unit *unit = dma_virtio_unit_of(domain->unit);
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
