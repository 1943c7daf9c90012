/* SPDX-License-Identifier: MPL-2.0 */
/*
 * AMD-Vi units of the simulated machine, by their registers and structures in memory (AMD I/O Virtualization Technology
 * Specification, 48882, revision 3).
 *
 * What the specification leaves open, this hardware does in the worst way: it caches everything that it may cache and
 * forgets nothing that it was not told to forget, executes invalidations late and in another order, writes the records
 * of its log after the tail pointer has told of them, and loses none. Which cached entry it uses, and when it works, is
 * the adversary's choice; on a plain machine it always prefers the stale one.
 */
#ifndef PLATFORM_SIM_AMDVI_H
#define PLATFORM_SIM_AMDVI_H

#include "../sim.h"
#include "sim_rules.h"

struct sim_amdvi_config {
	uint64_t registers; /* paddr, where no RAM is */
	/* capabilities */
	bool absent_cached;	/* NpCache: what is not present or not valid is cached, too */
	bool device_tlbs;	/* IotlbSup */
	bool no_features;	/* EFRSup is 0: no extended feature register (revision 1.26 of the specification) */
	bool invalidates_all;	/* IASup */
	unsigned levels;	/* of host page tables, HATS: 4, 5 or 6; 7: the reserved value, and there are none */
	unsigned width;		/* of physical addresses: PAsize */
	unsigned virtual_width; /* of device addresses: VAsize */
	bool eager;		/* commands are executed when the tail is written; else when the adversary likes */
	bool late_records;	/* a record reaches the log after the tail pointer does */
	/* what goes wrong: the n-th command from the beginning, 0: never */
	unsigned hang_at;   /* it and all after it are never executed */
	unsigned refuse_at; /* taken for illegal, even if it is fine; with refuse_twice its replacement as well */
	bool refuse_twice;
	unsigned abort_at; /* COMMAND_HARDWARE_ERROR when it is fetched */
	uint64_t deaf;	   /* bits of the control register that it ignores */
	bool only_counts;  /* broken rules are counted and fail nothing: for tests of the model itself */
	bool former_stuck; /* sim_amdvi_leave_on(): the command buffer never stops */
	bool former_logs;  /* the same: logs of page requests and guests run, and take their time to stop */
};

/* A unit with every feature that the driver can use, its registers at that paddr. */
struct sim_amdvi_config sim_amdvi_config(uint64_t registers);

/* Puts a unit into the machine, until sim_stop(). The first one covers all devices that no other covers. */
struct sim_amdvi *sim_amdvi_add(const struct sim_amdvi_config *config);
/* The unit translates for that requester. */
void sim_amdvi_cover(struct sim_amdvi *unit, uint32_t requester);

/* The unit's capability block in PCI configuration space (3.2): 4 bytes at an offset from its beginning. */
uint32_t sim_amdvi_capability(const struct sim_amdvi *unit, unsigned offset);

/* Leaves the unit as a former kernel would: translating everything of that requester one to one, as domain `id`,
 * everything cached, its command buffer and its log running (its tables lie where low memory begins). */
void sim_amdvi_leave_on(struct sim_amdvi *unit, uint32_t requester, unsigned id);

/* From now on no command is executed. */
void sim_amdvi_break(struct sim_amdvi *unit);

/* The unit forgets all that it has cached, as it may at any moment. */
void sim_amdvi_forget(struct sim_amdvi *unit);

/* Called each time that a page invalidation has been taken from the buffer and nothing was invalidated yet: what
 * another CPU would do in that moment. NULL: nothing. */
void sim_amdvi_before_invalidation(struct sim_amdvi *unit, void (*call)(void *ctx), void *ctx);

/* A write that the device has posted: translated now, in memory at the latest when a COMPLETION_WAIT behind an
 * invalidation completes; before that when the adversary likes, on a plain machine with sim_amdvi_land(). */
DMA_MUST_CHECK int sim_amdvi_post(struct sim_device *dev, uint64_t daddr, const void *bytes, size_t n);
void sim_amdvi_land(struct sim_amdvi *unit);

/* Translates an address for the device as the unit would now: 0 and *paddr, or DMA_EFAULT, which is recorded as any
 * other fault. No data is moved. */
DMA_MUST_CHECK int sim_amdvi_look(struct sim_device *dev, uint64_t daddr, bool write, uint64_t *paddr);

/* From now on the log's tail pointer reads as n records ahead of what was written. */
void sim_amdvi_pretend_events(struct sim_amdvi *unit, unsigned n);

/* What it has seen since it was added. */
struct sim_amdvi_seen {
	unsigned walks;		/* of tables in memory */
	unsigned cached;	/* translations out of its caches */
	unsigned unsnooped;	/* translations by entries that did not force coherence */
	unsigned faults;	/* recorded or not */
	unsigned passed;	/* accesses of devices whose table entry is not valid (V is 0) */
	unsigned interrupts;	/* device writes to the interrupt window that went through */
	unsigned invalidations; /* commands executed, COMPLETION_WAIT not counted */
	unsigned opened;	/* times that the unit went off after it had been on */
	unsigned freed;		/* accesses that were led to memory which the allocator has */
	unsigned violations;	/* of the specification, by the driver: each is printed */
};
struct sim_amdvi_seen sim_amdvi_seen(const struct sim_amdvi *unit);

/* The rules of the specification (amdvi_rules.h), and how often software has broken that one on this unit. */
const struct sim_rule *sim_amdvi_rules(size_t *n);
unsigned sim_amdvi_broken(const struct sim_amdvi *unit, unsigned rule);

/* Frees the units; sim_stop() forgets their registers. */
void sim_amdvi_remove_all(void);

#endif
