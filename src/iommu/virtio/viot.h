/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The ACPI VIOT table (ACPI 6.5, 5.2.34) as untrusted input, and the same facts where a host has them from elsewhere
 * (device tree): which virtio-iommu stands in front of which PCI functions, and what it calls them.
 */
#ifndef DMASTREAM_SRC_IOMMU_VIOT_H
#define DMASTREAM_SRC_IOMMU_VIOT_H

#include "../unit/unit_firmware.h"
#include <dmastream/virtioiommu.h>

struct dma_viot_unit {
	struct dma_viot_unit *next; /* in the order of the table */
	uint32_t node;		    /* offset in the table; 0: a host's */
	uint32_t function;	    /* the unit's own requester */
	bool pci;		    /* else it has registers of another kind, which nothing here drives */
	void *driver;		    /* whatever drives it; NULL: nothing does, and its devices are not protected */
};

/* The functions from bus, device and function `first` to `last` in each of the segments. */
struct dma_viot_range {
	struct dma_viot_range *next;
	struct dma_viot_unit *unit;
	uint16_t segment, last_segment;
	uint16_t first, last;
	uint32_t endpoint; /* of the first; a segment further on counts 65536 */
};

struct dma_viot {
	struct dma_viot_unit *units;
	struct dma_viot_range *ranges;
	struct dma_firmware_store store;
};

/* Parses the table of at most nbytes bytes at `table`. 0; DMA_EINVAL (the table cannot be walked, or names no unit),
 * DMA_ENOMEM: after a line in the log, and nothing is left to free. Interrupts on. */
DMA_MUST_CHECK int dma_viot_parse(const void *table, size_t nbytes, struct dma_viot *out);
/* The same from a host's ranges. DMA_EINVAL: one of them makes no sense. */
DMA_MUST_CHECK int dma_viot_from_host(const struct dma_virtio_iommu_range *ranges, size_t n, struct dma_viot *out);
void dma_viot_free(struct dma_viot *viot); /* interrupts on */

/* The unit in front of a requester, and its number there; NULL: none. */
struct dma_viot_unit *dma_viot_unit_of(const struct dma_viot *viot, uint32_t requester, uint32_t *endpoint);
/* The other way round; UINT32_MAX: the unit has no such endpoint. */
uint32_t dma_viot_requester_of(const struct dma_viot *viot, const struct dma_viot_unit *unit, uint32_t endpoint);
/* The first and last requester that the unit may be in front of. */
void dma_viot_span(const struct dma_viot *viot, const struct dma_viot_unit *unit, uint32_t *first, uint32_t *last);
/* A line for each range of functions that the unit leaves unprotected. */
void dma_viot_log_unprotected(const struct dma_viot *viot, const struct dma_viot_unit *unit);

#endif
