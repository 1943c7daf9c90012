/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Inside the virtio-iommu driver: units, domains, and who does what.
 *
 *   viot.c           the firmware's table             virtio_queue.c     requests: submitted, waited for
 *   virtio.c         finds the units, is the IOMMU    virtio_endpoint.c  who is attached to what; bypass
 *   virtio_unit.c    one unit, on and off             virtio_domain.c    domains: map, unmap and flush of ranges
 *   virtio_pci.c     its registers                    virtio_event.c     what was blocked
 *   virtio_ring.c    a virtqueue                      virtio_probe.c     what the unit says of an endpoint
 *
 * A domain exists in the unit while an endpoint is attached to it, and goes with its mappings when the last one leaves
 * (5.13.6.4). No stream lives then, so that only fixed regions have to be mapped again by the next one.
 */
#ifndef DMASTREAM_SRC_IOMMU_VIRTIO_DRIVER_H
#define DMASTREAM_SRC_IOMMU_VIRTIO_DRIVER_H

#include "../../base/atomic.h"
#include "../space/space.h"
#include "../unit/unit.h"
#include "../unit/unit_devices.h"
#include "../unit/unit_faults.h"
#include "viot.h"
#include "virtio_regs.h"
#include "virtio_ring.h"
#include <dmastream/barrier.h>

struct virtio;

/* ---- virtio_queue.c: requests --------------------------------------------------------------------------------- */

/* Some requests that one caller waits for, on its stack. */
struct virtio_wait {
	unsigned left;	/* not answered yet: lock held */
	uint8_t status; /* of the first that failed; VIRTIO_S_OK */
};

enum {
	VIRTIO_SLOTS = DMA_VIRTQ_MOST / 2 - 1, /* requests in flight: two descriptors each; one more for probing */
	VIRTIO_SLOT_BYTES = 64,
	VIRTIO_SLOT_TAIL = VIRTIO_SLOT_BYTES - VIRTIO_TAIL_BYTES,
	VIRTIO_EVENT_STRIDE = 32,
	VIRTIO_EVENTS = 4096 / VIRTIO_EVENT_STRIDE,
};

struct virtio_slot {
	struct virtio_wait *wait;     /* who waits for it */
	struct virtio_domain *domain; /* else: an unmap of its, whose failure it must hear of */
	uint32_t position;
	bool busy;
};

struct virtio_requests {
	struct dma_lock lock;
	struct dma_virtq queue;
	char *memory; /* of the slots */
	dma_paddr_t memory_paddr;
	uint8_t slots;	    /* that there are: the one behind the last is for probing */
	uint32_t submitted; /* positions: requests so far */
	uint32_t settled;   /* everything below is answered */
	uint64_t done;	    /* bit position % 64: answered, at or above settled */
	uint64_t free;	    /* slots */
	struct virtio_slot slot[VIRTIO_SLOTS + 1];
};

/* ---- Units ------------------------------------------------------------------------------------------------------ */

/* One that is attached. */
struct virtio_endpoint {
	struct virtio_endpoint *next; /* of the unit, or of the spare ones */
	struct virtio_domain *domain; /* NULL: to the one that bypasses */
	uint32_t requester, number;
};

struct virtio_unit {
	struct dma_unit base; /* first */
	/* what it is */
	volatile char *common, *notify, *device; /* within base.regs */
	uint32_t notify_bytes, device_bytes, notify_step;
	volatile char *doorbell[VIRTIO_QUEUES];
	uint64_t features, page_sizes, input_first, input_last;
	uint32_t first_domain, domains, probe_bytes;
	bool no_write_only; /* it has refused such a mapping: changed atomically */
	/* its memory */
	dma_paddr_t ring_paddr[VIRTIO_QUEUES], events_paddr, probe_paddr;
	char *ring[VIRTIO_QUEUES], *events, *probe;
	struct virtio_requests requests;
	struct dma_virtq event_queue; /* fault_lock, as the next two */
	uint16_t event_taken;	      /* the buffer of the report that was read */
	bool events_broken;
	uint8_t probing;		   /* somebody has the probe's memory: changed atomically */
	struct virtio_endpoint *endpoints; /* base.lock */
};

struct virtio {
	struct dma_iommu iommu; /* first */
	struct dma_virtio_iommu_config config;
	struct dma_viot viot;
	struct dma_lock lock;
	struct virtio_endpoint *spare; /* lock */
	uint8_t growing;	       /* somebody takes from the table's store: changed atomically */
};

/* A range of addresses: one that the unit reserves, or a fixed mapping. */
struct virtio_range {
	struct virtio_range *next;
	uint64_t first, last; /* bytes, inclusive */
	uint32_t flags;	      /* of the mapping */
};

struct virtio_domain {
	struct dma_unit_domain base; /* first */
	uint32_t endpoints;	     /* attached: it exists in the unit. base.unit->lock; read without */
	uint8_t lost;		     /* an unmap failed: changed atomically */
	struct virtio_range *reserved, *fixed;
	struct dma_firmware_store store;
};

DMA_UNIT_OUTER(dma_virtio_of, virtio, dma_iommu, iommu)
DMA_UNIT_OUTER(dma_virtio_unit_of, virtio_unit, dma_unit, base)
DMA_UNIT_OUTER(dma_virtio_domain_of, virtio_domain, dma_unit_domain, base)

/* The unit's number for a domain; NULL: the one whose endpoints bypass the unit. */
static inline uint32_t dma_virtio_number(const struct virtio_unit *unit, const struct virtio_domain *domain)
{
	return unit->first_domain + (domain ? domain->base.id : 0u);
}

/* ---- virtio_pci.c ------------------------------------------------------------------------------------------------ */

struct virtio_place { /* of a structure of registers */
	uint64_t paddr;
	uint32_t nbytes, step;
	unsigned kind;
};

dma_paddr_t dma_virtio_registers(const struct virtio *virtio,
				 const struct dma_viot_unit *found); /* 0: there are none */
int dma_virtio_pci_map(struct virtio_unit *unit, const char **why);
uint32_t dma_virtio_read(const struct virtio_unit *unit, const volatile char *reg, unsigned nbytes); /* 1, 2, 4 */
void dma_virtio_write(const struct virtio_unit *unit, volatile char *reg, unsigned nbytes, uint32_t value);
uint64_t dma_virtio_read64(const struct virtio_unit *unit, const volatile char *reg);
void dma_virtio_write64(const struct virtio_unit *unit, volatile char *reg, uint64_t value);

/* ---- virtio_unit.c, virtio_endpoint.c, virtio_event.c ------------------------------------------------------------ */
extern const struct dma_unit_power_ops dma_virtio_power;
extern const struct dma_unit_entry_ops dma_virtio_entries;
extern const struct dma_unit_fault_ops dma_virtio_faults;
int dma_virtio_memory(struct dma_unit *base);
int dma_virtio_endpoints_init(struct virtio *virtio);
void dma_virtio_events_offer(struct virtio_unit *unit);

/* ---- virtio_queue.c: 0, DMA_ETIMEDOUT (the unit has been given up). Any context; no lock is held -------------- */
void dma_virtio_requests_init(struct virtio_unit *unit);
/* Submits one, without notifying the unit. wait NULL: an unmap of the domain's. */
int dma_virtio_submit(struct virtio_unit *unit, const struct virtio_request *request, struct virtio_wait *wait,
		      struct virtio_domain *domain);
/* Waits for what was submitted with it; always called, whatever dma_virtio_submit() gave. */
int dma_virtio_wait(struct virtio_unit *unit, struct virtio_wait *wait);
/* One request, and its status. */
int dma_virtio_run(struct virtio_unit *unit, struct virtio_request request, uint8_t *status);
/* Asks for an endpoint's properties: they are in unit->probe then. Interrupts on, `probing` taken. */
int dma_virtio_run_probe(struct virtio_unit *unit, uint32_t endpoint, uint8_t *status);
/* When it returns 0, everything that was submitted before is answered. */
int dma_virtio_settle(struct virtio_unit *unit);

/* ---- virtio_probe.c -------------------------------------------------------------------------------------------- */
/* Adds what the unit reserves for the requester to a domain's list. fresh: the domain is being made; else
 * DMA_ENOTSUP where the list lacks something. */
int dma_virtio_reserved(struct virtio_unit *unit, uint32_t requester, struct virtio_domain *domain, bool fresh);

/* ---- virtio_domain.c ------------------------------------------------------------------------------------------- */
/* Marks fixed regions of device memory; in entries of the record, which no unit reads. */
#define VIRTIO_DEVICE_LEAF ((uint64_t)1 << 11)

void dma_virtio_domains_describe(struct virtio_unit *unit); /* what all have */
int dma_virtio_domain_describe(struct dma_unit_domain *base, struct dma_space_config *config);
void dma_virtio_domain_forget(struct dma_unit_domain *base);
/* Maps the fixed regions of a domain whose first endpoint has come. */
int dma_virtio_domain_begin(struct virtio_domain *domain);

#endif
