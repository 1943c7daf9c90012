/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the unit says of an endpoint when it is asked (virtio 1.3, 5.13.6.7): addresses that it reserves.
 */
#include <dmastream/errors.h>

#include "../../base/state.h"
#include "virtio_driver.h"

/* Little-endian, wherever it lies. Read once: the unit may write there. */
static uint64_t field(const struct virtio_unit *unit, uint32_t at, unsigned nbytes)
{
	const char *properties = unit->probe + VIRTIO_PROBE_BYTES;
	uint64_t value = 0;

	while (nbytes--)
		value = value << 8 | dma_arch_read_once(properties + at + nbytes, 1);
	return value;
}

static int note_reserved(struct virtio_domain *domain, uint64_t first, uint64_t last, bool fresh)
{
	struct virtio_range *range = domain->reserved;

	first &= ~(uint64_t)0xfff;
	last |= 0xfff;
	while (range && (range->first > first || range->last < last))
		range = range->next;
	if (range)
		return 0;
	if (!fresh) {
		dma_log("virtio: addresses %x to %x are reserved for a device that the domain was not made for", first,
			last);
		return DMA_ENOTSUP;
	}
	range = dma_firmware_take(&domain->store, sizeof(*range));
	if (!range)
		return DMA_ENOMEM;
	*range = (struct virtio_range){.next = domain->reserved, .first = first, .last = last};
	domain->reserved = range;
	return 0;
}

/* Properties of unknown types, and those whose reserved bits are set, are passed over (5.13.6.7.1). */
static int parse_properties(const struct virtio_unit *unit, uint32_t endpoint, struct virtio_domain *domain, bool fresh)
{
	uint32_t at = 0, left = unit->probe_bytes;
	int error = 0;

	while (left >= VIRTIO_PROPERTY_BYTES && !error) {
		unsigned type = (unsigned)field(unit, at, 2), length = (unsigned)field(unit, at + 2, 2);
		uint64_t first, last;

		at += VIRTIO_PROPERTY_BYTES;
		left -= VIRTIO_PROPERTY_BYTES;
		if ((type & 0xfff) == 0)
			return 0;
		if (length > left) {
			dma_log("virtio: endpoint %x: a property is longer than all of them: it stays blocked",
				(uint64_t)endpoint);
			return DMA_ENOTSUP;
		}
		if (type == VIRTIO_RESV_MEM && length >= VIRTIO_RESV_MEM_BYTES) {
			first = field(unit, at + VIRTIO_RESV_MEM_START, 8);
			last = field(unit, at + VIRTIO_RESV_MEM_END, 8);
			if (first <= last)
				error = note_reserved(domain, first, last, fresh);
			else
				dma_log("virtio: endpoint %x: reserved range %x to %x makes no sense: it is left out",
					(uint64_t)endpoint, first, last);
		}
		at += length;
		left -= length;
	}
	return error;
}

int dma_virtio_reserved(struct virtio_unit *unit, uint32_t requester, struct virtio_domain *domain, bool fresh)
{
	uint32_t endpoint = 0;
	uint8_t status;
	int error;

	if (!unit->probe_bytes)
		return 0;
	(void)dma_viot_unit_of(&dma_virtio_of(unit->base.iommu)->viot, requester, &endpoint);
	dma_turn_take(&unit->probing);
	error = dma_virtio_run_probe(unit, endpoint, &status);
	if (!error && status == VIRTIO_S_OK) {
		error = parse_properties(unit, endpoint, domain, fresh);
	} else if (!error && status != VIRTIO_S_NOENT) {
		dma_log("virtio: endpoint %x cannot be probed: status %x", (uint64_t)endpoint, (uint64_t)status);
		error = DMA_ENOTSUP;
	}
	dma_turn_give(&unit->probing);
	return error;
}
