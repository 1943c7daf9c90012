/* SPDX-License-Identifier: MPL-2.0 */
/*
 * RISC-V IOMMUs of the simulated machine, by their registers and structures in memory (RISC-V IOMMU Architecture
 * Specification 1.0): second-stage translation with MSI page tables, or the first stage.
 *
 * What the specification leaves open, this hardware does in the worst way: it caches everything that it may cache and
 * forgets nothing that it was not told to forget, executes commands between two fences late and in any order, and takes
 * its time with control registers (busy). Which cached entry it uses, and when it works, is the adversary's choice; on
 * a plain machine it always prefers the stale one.
 */
#ifndef PLATFORM_SIM_RISCV_H
#define PLATFORM_SIM_RISCV_H

#include "../sim.h"
#include "sim_rules.h"

struct sim_riscv_config {
	uint64_t registers; /* paddr, where no RAM is */
	bool base_format;   /* capabilities.MSI_FLAT is 0: no MSI page tables */
	unsigned levels;    /* bit n: directories of n levels */
	bool only_50;	    /* Sv48x4 alone; else Sv39x4, too */
	unsigned first;	    /* bit n: first-stage tables of n levels, 3 to 5, and no second stage */
	bool no_tables;	    /* neither stage */
	bool ats;	    /* capabilities.ATS: page requests, too */
	unsigned width;	    /* of physical addresses: PAS */
	bool busy;	    /* ddtp and the queues' registers take their time */
	bool eager;	    /* commands are executed when the tail is written; else when the adversary likes */
	bool big_endian;    /* firmware left fctl.BE set; it can be cleared */
	bool stuck_endian;  /* it cannot */
	bool reserved_set;  /* bits that are reserved, or custom, are 1: whoever writes a register preserves them */
	/* what goes wrong: the n-th command from the beginning, 0: never */
	unsigned hang_at;   /* it and all after it are never executed */
	unsigned refuse_at; /* taken for illegal, even if it is fine; with refuse_twice its replacement as well */
	bool refuse_twice;
	unsigned abort_at;	  /* cqmf when it is fetched */
	unsigned time_out_at;	  /* cmd_to at the first fence that is not before it */
	bool stray;		  /* page requests go to their queue, whatever the device's context says */
	unsigned lose_request_at; /* the n-th that goes there cannot be stored: pqmf */
	bool never_off;		  /* ddtp stays busy for ever once it is written */
	bool only_counts;	  /* broken rules are counted and fail nothing: for tests of the model itself */
};

/* A unit with every feature that the driver can use, its registers at that paddr. */
struct sim_riscv_config sim_riscv_config(uint64_t registers);

/* Puts a unit into the machine, until sim_stop(). The first one is in front of all devices that no other one is in
 * front of: several units may know different devices by one id. */
struct sim_riscv *sim_riscv_add(const struct sim_riscv_config *config);
void sim_riscv_cover(struct sim_riscv *unit, const struct sim_device *dev); /* the unit is in front of that device */

/* Leaves the unit as a former kernel would: translating everything of that device one to one, as domain `id`, out of
 * its caches, its queues running. */
void sim_riscv_leave_on(struct sim_riscv *unit, uint32_t device, unsigned id);

void sim_riscv_break(struct sim_riscv *unit); /* from now on no command is executed */
/* Empties its caches, as it may at any moment. */
void sim_riscv_forget(struct sim_riscv *unit);
/* Called each time that an invalidation has been taken from the queue and nothing was invalidated yet. */
void sim_riscv_before_invalidation(struct sim_riscv *unit, void (*call)(void *ctx), void *ctx);

/* A write that the device has posted: translated now, in memory at the latest when an IOFENCE.C with PW completes. */
DMA_MUST_CHECK int sim_riscv_post(struct sim_device *dev, uint64_t daddr, const void *bytes, size_t n);
void sim_riscv_land(struct sim_riscv *unit);

/* Translates an address for the device as the unit would now: 0 and *paddr, or DMA_EFAULT, which is recorded. */
DMA_MUST_CHECK int sim_riscv_look(struct sim_device *dev, uint64_t daddr, bool write, uint64_t *paddr);

/* ---- What PCIe's ATS and PRI add (capabilities.ATS) ---- */

/* How the unit completes a request for a translation. */
enum sim_riscv_completion { SIM_RISCV_SUCCESS, SIM_RISCV_UNSUPPORTED, SIM_RISCV_ABORT };
struct sim_riscv_translation {
	uint64_t paddr; /* where read or write */
	bool read, write;
};
enum sim_riscv_completion sim_riscv_ask(struct sim_device *dev, uint64_t daddr, struct sim_riscv_translation *answer);
/* A translated request: 0 if it goes to that address, or DMA_EFAULT, which is recorded. */
DMA_MUST_CHECK int sim_riscv_translated(struct sim_device *dev, uint64_t paddr, bool write);

/* A "Page Request"; with a PASID, `last` alone, without read and write, a "Stop Marker". */
struct sim_riscv_request {
	uint64_t daddr;
	bool read, write, last;
	unsigned group; /* 9 bits */
	bool has_pasid, privileged, execute;
	uint32_t pasid;
};
void sim_riscv_request(struct sim_device *dev, const struct sim_riscv_request *request);
/* A "Page Request Group Response" that has come to the device, software's or the unit's own. */
struct sim_riscv_response {
	unsigned group, code; /* 0 success, 1 invalid request, 15 response failure */
	bool has_pasid;
	uint32_t pasid;
	bool by_unit;
};
bool sim_riscv_response(struct sim_device *dev, struct sim_riscv_response *response);

struct sim_riscv_seen {
	unsigned walks, cached; /* of tables in memory; out of its caches */
	unsigned faults;	/* recorded or not */
	unsigned passed;	/* accesses of devices without translation: Bare */
	unsigned freed;		/* accesses that were led to memory which the allocator has */
	unsigned messages;	/* accesses that an MSI page table led on */
	unsigned invalidated;	/* "Invalidation Requests" that devices have answered */
	unsigned responses;	/* "Page Request Group Responses" of software, to whichever device */
	unsigned violations;	/* of the specification, by the driver: each is printed */
};
struct sim_riscv_seen sim_riscv_seen(const struct sim_riscv *unit);

/* The rules of the specification (riscv_rules.h), and how often software has broken that one on this unit. */
const struct sim_rule *sim_riscv_rules(size_t *n);
unsigned sim_riscv_broken(const struct sim_riscv *unit, unsigned rule);

/* Frees the units; sim_stop() forgets their registers. */
void sim_riscv_remove_all(void);

#endif
