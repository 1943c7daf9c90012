/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Inside the virtio-iommu driver: units, domains, and who does what. How requests get to the unit and back is
 * ../virtqueue.
 *
 *   viot.c           the firmware's table             virtio_endpoint.c  attaches endpoints, detaches them
 *   virtio.c         finds the units, is the IOMMU    virtio_domain.c    domains: map, unmap and flush of ranges
 *   virtio_unit.c    one unit, on and off             virtio_event.c     what was blocked
 *   virtio_probe.c   what the unit says of an endpoint
 *
 * A domain exists in the unit while an endpoint is attached to it, and goes with its mappings when the last one leaves
 * (5.13.6.4). No stream lives then, so that only fixed regions have to be mapped again by the next one.
 */
#ifndef DMASTREAM_SRC_IOMMU_VIRTIO_DRIVER_H
#define DMASTREAM_SRC_IOMMU_VIRTIO_DRIVER_H

#include "../../base/atomic.h"
#include "../space/space.h"
#include "../unit/unit.h"
#include "../unit/unit_attached.h"
#include "../unit/unit_faults.h"
#include "../unit/unit_reserved.h"
#include "../virtqueue/virtio_reports.h"
#include "../virtqueue/virtio_requests.h"
#include "viot.h"
#include "virtio_regs.h"
#include <dmastream/errors.h>

struct virtio_unit {
	struct dma_unit base; /* first */
	struct dma_virtio_function function;
	uint64_t input_first, input_last;
	struct dma_reserved below; /* addresses below input_first */
	uint32_t first_domain, probe_bytes;
	bool no_write_only; /* it has refused such a mapping: changed atomically */
	uint8_t probing;    /* somebody has the probe's memory: changed atomically */
	char *probe;	    /* memory of the answer to a probe */
	struct dma_virtio_requests requests;
	struct dma_virtio_reports reports; /* fault_lock */
};

struct virtio {
	struct dma_iommu iommu; /* first */
	struct dma_virtio_access access;
	struct dma_viot viot;
};

struct virtio_domain {
	struct dma_unit_domain base;	   /* first */
	uint8_t lost;			   /* an unmap failed: changed atomically */
	struct dma_virtio_wait *beginning; /* fixed regions are mapped, and waited for: base.unit->turn */
	uint32_t asked;			   /* flags that all of these mappings have */
};

DMA_UNIT_OUTER(dma_virtio_of, virtio, dma_iommu, iommu)
DMA_UNIT_OUTER(dma_virtio_unit_of, virtio_unit, dma_unit, base)
DMA_UNIT_OUTER(dma_virtio_domain_of, virtio_domain, dma_unit_domain, base)

/* The unit's number for a domain; NULL: the one whose endpoints bypass the unit. */
static inline uint32_t dma_virtio_number(const struct virtio_unit *unit, const struct dma_unit_domain *domain)
{
	return unit->first_domain + (domain ? domain->id : 0u);
}

/* Its number for a requester. */
static inline uint32_t dma_virtio_endpoint(const struct virtio_unit *unit, uint32_t requester)
{
	uint32_t endpoint = 0;

	(void)dma_viot_unit_of(&dma_virtio_of(unit->base.iommu)->viot, requester, &endpoint);
	return endpoint;
}

/* Of a status that is not VIRTIO_S_OK. */
static inline int dma_virtio_error(uint8_t status)
{
	return status == VIRTIO_S_NOMEM ? DMA_ENOMEM : DMA_ENOTSUP;
}

/* ---- virtio_unit.c, virtio_endpoint.c, virtio_event.c ------------------------------------------------------------ */
extern const struct dma_unit_power_ops dma_virtio_power;
extern const struct dma_unit_entry_ops dma_virtio_entries;
extern const struct dma_unit_fault_ops dma_virtio_faults;
int dma_virtio_memory(struct dma_unit *base);

/* ---- virtio_probe.c ---------------------------------------------------------------------------------------------- */
/* dma_unit_reserve() for all that the unit reserves for the requester. 0, or an error of that; DMA_ENOTSUP,
 * DMA_ETIMEDOUT. */
int dma_virtio_probe(uint32_t requester, struct dma_unit_domain *domain);

/* ---- virtio_domain.c --------------------------------------------------------------------------------------------- */
/* Marks fixed regions of device memory; in entries of the record, which no unit reads. */
#define VIRTIO_DEVICE_LEAF ((uint64_t)1 << 11)

void dma_virtio_domains_describe(struct virtio_unit *unit); /* what all have */
int dma_virtio_domain_describe(struct dma_unit_domain *base, struct dma_space_config *config);
/* Maps the fixed regions of a domain whose first endpoint has come. */
int dma_virtio_domain_begin(struct dma_unit_domain *base);
/* For requests that nobody waits for, which are a domain's unmaps. */
void dma_virtio_unmapped(void *domain, uint8_t status);

#endif
