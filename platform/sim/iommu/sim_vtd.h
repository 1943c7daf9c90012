/* SPDX-License-Identifier: MPL-2.0 */
/*
 * VT-d units of the simulated machine, by their registers and structures in memory (VT-d specification, revision 4).
 *
 * What a specification leaves open, this hardware does in the worst way: it caches everything that it may cache and
 * forgets nothing that it was not told to forget, reads its tables past the CPU's caches, sees stores late where it
 * has a write buffer, executes invalidations when it likes, and loses none. Which cached entry it uses, and when it
 * works, is the adversary's choice; on a plain machine it always prefers the stale one.
 */
#ifndef PLATFORM_SIM_VTD_H
#define PLATFORM_SIM_VTD_H

#include "../sim.h"
#include "sim_rules.h"

struct sim_vtd_config {
	uint64_t registers; /* paddr, where no RAM is */
	/* capabilities */
	bool coherent;		  /* ECAP.C: walks snoop (descriptor fetches always do) */
	bool write_buffer;	  /* CAP.RWBF */
	bool caching_mode;	  /* CAP.CM */
	bool zero_length_reads;	  /* CAP.ZLR */
	bool root_invalidates;	  /* CAP.ESRTPS */
	bool snoop_control;	  /* ECAP.SC */
	bool interrupt_remap;	  /* ECAP.IR */
	bool extended_interrupts; /* ECAP.EIM */
	bool table_invalidates;	  /* CAP.ESIRTPS */
	bool device_tlbs;	  /* ECAP.DT */
	bool pass_through;	  /* ECAP.PT */
	unsigned handle_mask;	  /* ECAP.MHMV */
	bool page_selective;	  /* CAP.PSI */
	bool protected_memory;	  /* CAP.PLMR and PHMR */
	bool no_queue;		  /* ECAP.QI is 0 */
	unsigned sagaw;		  /* bit 1: 3 levels, bit 2: 4, bit 3: 5 */
	unsigned width;		  /* MGAW, bits */
	unsigned host_width;	  /* of physical addresses, as DMAR says it */
	unsigned big_pages;	  /* SSLPS: bit 0: 2 MiB, bit 1: 1 GiB */
	unsigned domain_bits;	  /* 4, 6, … 16 */
	unsigned address_mask;	  /* MAMV */
	unsigned fault_records;	  /* 1 to 16 */
	uint32_t fault_offset;	  /* bytes, a multiple of 16 */
	uint32_t iotlb_offset;
	bool eager; /* invalidations are executed when the doorbell rings; else when the adversary likes */
	/* what goes wrong: the n-th descriptor from the beginning, 0: never */
	unsigned hang_at;   /* it and all after it are never executed */
	unsigned refuse_at; /* IQE, even if it is fine; with refuse_twice its replacement as well */
	bool refuse_twice;
	unsigned abort_at; /* ITE: the waits in the queue are thrown away */
	bool abort_always; /* every one from there on */
	uint32_t deaf;	   /* bits of GCMD that it ignores */
	bool only_counts;  /* broken rules are counted and fail nothing: for tests of the model itself */
	/* what sim_vtd_leave_on() leaves beside translation */
	bool former_mode;  /* tables of another mode */
	bool former_stuck; /* a queue that never becomes empty */
};

/* A unit with every feature that the driver can use, its registers at that paddr. */
struct sim_vtd_config sim_vtd_config(uint64_t registers);

/* Puts a unit into the machine, until sim_stop(). The first one covers all devices that no other covers. */
struct sim_vtd *sim_vtd_add(const struct sim_vtd_config *config);
/* The unit translates for that requester. */
void sim_vtd_cover(struct sim_vtd *unit, uint32_t requester);

/* Leaves the unit as a former kernel would: translating everything of that requester one to one, as domain `id`,
 * everything cached, and its queue running (its tables lie where low memory begins). */
void sim_vtd_leave_on(struct sim_vtd *unit, uint32_t requester, unsigned id);

/* From now on no invalidation is executed. */
void sim_vtd_break(struct sim_vtd *unit);

/* The unit forgets all that it has cached, as it may at any moment. */
void sim_vtd_forget(struct sim_vtd *unit);

/* Called each time that an IOTLB invalidation has been taken from the queue and nothing was invalidated yet: what
 * another CPU would do in that moment. NULL: nothing. */
void sim_vtd_before_invalidation(struct sim_vtd *unit, void (*call)(void *ctx), void *ctx);

/* A write that the device has posted: translated now, in memory at the latest when an invalidation with write draining
 * completes; before that when the adversary likes, on a plain machine with sim_vtd_land(). */
DMA_MUST_CHECK int sim_vtd_post(struct sim_device *dev, uint64_t daddr, const void *bytes, size_t n);
void sim_vtd_land(struct sim_vtd *unit);

/* A read of no bytes, as devices use it to push writes ahead: only the permission counts. */
DMA_MUST_CHECK int sim_vtd_zero_read(struct sim_device *dev, uint64_t daddr);

/* Translates an address for the device as the unit would now: 0 and *paddr, or DMA_EFAULT, which is recorded as any
 * other fault. No data is moved. */
DMA_MUST_CHECK int sim_vtd_look(struct sim_device *dev, uint64_t daddr, bool write, uint64_t *paddr);

/* What it has seen since it was added. */
struct sim_vtd_seen {
	unsigned walks;		/* of tables in memory */
	unsigned cached;	/* translations out of its caches */
	unsigned unsnooped;	/* translations by entries that did not force snooping */
	unsigned faults;	/* recorded or not */
	unsigned interrupts;	/* device writes to the interrupt window that went through */
	unsigned invalidations; /* descriptors executed, waits not counted */
	unsigned opened;	/* times that translation went off after it had been on */
	unsigned freed;		/* accesses that were led to memory which the allocator has */
	unsigned violations;	/* of the specification, by the driver: each is printed */
};
struct sim_vtd_seen sim_vtd_seen(const struct sim_vtd *unit);

/* The rules of the specification (vtd_rules.h), and how often software has broken that one on this unit. */
const struct sim_rule *sim_vtd_rules(size_t *n);
unsigned sim_vtd_broken(const struct sim_vtd *unit, unsigned rule);

/* Frees the units; sim_stop() forgets their registers. */
void sim_vtd_remove_all(void);

#endif
