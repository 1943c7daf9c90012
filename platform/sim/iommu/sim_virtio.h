/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A virtio-iommu of the simulated machine, by its configuration space, registers and queues (virtio 1.3, 4.1 and 5.13).
 *
 * What the specification leaves open, this unit does in the worst way: it takes requests when it likes, returns them in
 * any order, remembers translations until the request that ends them is executed, and keeps what was written into a
 * request to itself until then. It refuses what the specification reserves.
 */
#ifndef PLATFORM_SIM_VIRTIO_H
#define PLATFORM_SIM_VIRTIO_H

#include "../sim.h"
#include "sim_rules.h"

enum { SIM_VIRTIO_BYTES = 0x4000 }; /* of its registers */

/* What an answer of a unit that lies is. */
enum sim_virtio_lie {
	SIM_VIRTIO_UNWRITTEN, /* returned untouched, and not executed */
	SIM_VIRTIO_STATUS,    /* not executed: lie_status, or a device error */
	SIM_VIRTIO_STRANGER,  /* a head that was never given to it */
	SIM_VIRTIO_TWICE,     /* returned a second time */
	SIM_VIRTIO_LEAP,      /* the used index leaps ahead */
};

struct sim_virtio_config {
	uint64_t registers; /* paddr, where no RAM is */
	uint64_t features;  /* offered */
	uint64_t page_size_mask, input_first, input_last;
	uint32_t first_domain, last_domain, probe_size;
	uint32_t first_endpoint; /* the endpoint of requester 0 */
	uint8_t bypass;		 /* as it is found */
	bool bypass_stuck;	 /* the field ignores writes */
	bool no_write_only;	 /* a mapping that cannot be read is refused */
	bool no_share;		 /* a domain is one endpoint's */
	bool no_move;		 /* an endpoint that is attached cannot be attached to another domain at once */
	uint16_t queue_size;	 /* the most, of both */
	uint16_t notify_off;	 /* of the event queue */
	uint64_t reserved_first, reserved_last; /* RESV_MEM of each endpoint; last 0: none */
	uint8_t reserved_kind;
	bool odd_properties; /* further ones: of unknown type, with reserved bits, backward */
	bool long_property;  /* one that is longer than all */
	bool eager;	     /* requests are executed when the doorbell rings; else when the adversary likes */
	/* what goes wrong: the n-th request from the beginning; 0: never */
	unsigned hang_at; /* it and all after it are never taken */
	unsigned lie_at;
	enum sim_virtio_lie lie;
	uint8_t lie_status;
	unsigned fail_at; /* the n-th MAP: no memory */
	bool never_resets;
	bool refuses_features;
	bool only_counts; /* broken rules are counted and fail nothing: for tests of the model itself */
};

/* A unit with every feature, its registers at that paddr. */
struct sim_virtio_config sim_virtio_config(uint64_t registers);

/* Puts a unit into the machine, until sim_stop(). The first one covers all devices that no other covers. */
struct sim_virtio *sim_virtio_add(const struct sim_virtio_config *config);
void sim_virtio_remove_all(void); /* an earlier run's */

/* There is an endpoint for that requester. */
void sim_virtio_cover(struct sim_virtio *unit, uint32_t requester);

/* What the probe of a driver is given. */
uint32_t sim_virtio_pci_read(struct sim_virtio *unit, unsigned offset);
void sim_virtio_pci_write(struct sim_virtio *unit, unsigned offset, uint32_t value);

/* The unit as an earlier kernel left it, which had the requester's endpoint in a domain of its own, where the page at
 * `daddr` is that of `paddr`, and both queues in the page at `ring`. */
void sim_virtio_left_on(struct sim_virtio *unit, uint32_t requester, uint64_t daddr, uint64_t paddr, uint64_t ring);

/* Where the unit lets the device go. 0, or DMA_EFAULT: it has reported a fault. */
int sim_virtio_look(struct sim_device *dev, uint64_t daddr, bool write, uint64_t *paddr);
/* From now on no request is taken. */
void sim_virtio_break(struct sim_virtio *unit);
/* A report that no access caused, as the bytes are. */
void sim_virtio_report(struct sim_virtio *unit, const void *bytes, uint32_t nbytes);
/* The event queue's used ring says that a report of so many bytes lies in that buffer, whatever is true; or, with a
 * leap, that more buffers have come back than there are. */
void sim_virtio_report_lie(struct sim_virtio *unit, uint32_t id, uint32_t nbytes, bool leap);
/* Called each time that an UNMAP has been taken from the queue and nothing was unmapped yet. */
void sim_virtio_before_unmap(struct sim_virtio *unit, void (*call)(void *ctx), void *ctx);

struct sim_virtio_seen {
	unsigned violations; /* broken rules */
	unsigned requests, maps, unmaps, notifications, faults;
	unsigned freed;	   /* accesses that were led to memory which the allocator has */
	unsigned mappings; /* that there are */
	unsigned attached; /* endpoints */
};
struct sim_virtio_seen sim_virtio_seen(const struct sim_virtio *unit);

const struct sim_rule *sim_virtio_rules(size_t *n);
unsigned sim_virtio_broken(const struct sim_virtio *unit, unsigned rule);

#endif
