/* SPDX-License-Identifier: MPL-2.0 */
/*
 * An SMMUv3 of the simulated machine, by its registers and structures in memory (IHI 0070).
 *
 * What the specification leaves open, this hardware does in the worst way: it caches everything that it may cache,
 * invalid stream table entries included, and forgets nothing that it was not told to forget; reads tables and queues
 * past the CPU's caches where it does not snoop; acknowledges late; executes commands when it likes; and stands still
 * on whatever it calls an error. Which cached entry it uses, and when it works, is the adversary's choice; on a plain
 * machine it prefers the stale one.
 */
#ifndef PLATFORM_SIM_SMMUV3_H
#define PLATFORM_SIM_SMMUV3_H

#include "../sim.h"
#include "sim_rules.h"

struct sim_smmu_config {
	uint64_t registers; /* paddr, where no RAM is */
	/* capabilities */
	bool stage_1, stage_2;
	bool snoops;	  /* IDR0.COHACC, and what it does */
	bool says_snoops; /* what IDR0.COHACC says, where that is a lie */
	bool two_level;
	bool hypervisor;	 /* IDR0.HYP */
	bool wide_ids;		 /* 16-bit ASIDs and VMIDs */
	bool range_invalidation; /* IDR3.RIL */
	bool endless_stall;	 /* IDR0.STALL_MODEL 0b10 */
	bool broadcasts;	 /* IDR0.BTM */
	bool msi;		 /* IDR0.MSI */
	bool no_overrides;	 /* IDR1.ATTR_TYPES_OVR and ATTR_PERMS_OVR are 0 */
	bool one_page; /* no second page of registers: those of the event queue lie in the first (firmware says so) */
	unsigned bbml; /* IDR3.BBML: below 2, two sizes of one address at once are a conflict */
	unsigned stream_bits;
	unsigned output_code; /* IDR5.OAS: 0: 32 bits, 36, 40, 42, 44, 48 */
	unsigned queue_bits;  /* longest queues */
	bool eager;	      /* commands are executed when the doorbell rings; else when the adversary likes */
	/* what goes wrong: the n-th command from the beginning, 0: never */
	unsigned hang_at;   /* it and all after it are never executed */
	unsigned refuse_at; /* an error, even if it is fine; with refuse_twice its replacement as well */
	bool refuse_twice;
	bool no_acknowledge; /* CR0ACK never follows */
	bool no_abort;	     /* GBPA.ABORT does not stay */
	bool only_counts;    /* broken rules are counted and fail nothing: for tests of the model itself */
};

/* A unit with every feature that the driver can use. */
struct sim_smmu_config sim_smmu_config(uint64_t registers);

/* Puts a unit into the machine, until sim_stop(). It comes up bypassing. The first one is in front of all devices that
 * no other one is in front of: several units may know different devices by one stream id. */
struct sim_smmu *sim_smmu_add(const struct sim_smmu_config *config);
void sim_smmu_cover(struct sim_smmu *unit, const struct sim_device *dev); /* the unit is in front of that device */

/* Leaves the unit as a former kernel would: translating everything of that stream one to one under id 1, all of it
 * cached, and an error pending. */
void sim_smmu_leave_on(struct sim_smmu *unit, uint32_t stream);

/* Where the unit lets the device go. 0, or DMA_EFAULT: it has recorded an event. */
int sim_smmu_look(struct sim_device *dev, uint64_t daddr, bool write, uint64_t *paddr);

/* A write that the device has posted: translated now, in memory at the latest when a CMD_SYNC completes. */
DMA_MUST_CHECK int sim_smmu_post(struct sim_device *dev, uint64_t daddr, const void *bytes, size_t n);

/* The unit loses an event although its queue has room. */
void sim_smmu_lose_event(struct sim_smmu *unit);
/* It says that so many events wait, beyond those that it wrote; 0: the truth again. */
void sim_smmu_pretend_events(struct sim_smmu *unit, uint32_t n);

/* The unit begins to fetch the stream's entry, as it may at any moment (3.21.3): it has words 1 to 7 now, and reads
 * word 0 when the next transaction wants the entry, unless a configuration invalidation comes first. */
void sim_smmu_begin_fetch(struct sim_smmu *unit, uint32_t stream);

/* The unit forgets all that it has cached, as it may at any moment. */
void sim_smmu_forget(struct sim_smmu *unit);

/* The rules of the specification (smmuv3_rules.h), and how often software has broken that one on this unit. */
const struct sim_rule *sim_smmu_rules(size_t *n);
unsigned sim_smmu_broken(const struct sim_smmu *unit, unsigned rule);

struct sim_smmu_seen {
	unsigned walks;	     /* of tables in memory */
	unsigned cached;     /* translations out of its caches */
	unsigned bypassed;   /* transactions that went through untranslated */
	unsigned faults;     /* recorded or not */
	unsigned commands;   /* executed, CMD_SYNCs not counted */
	unsigned opened;     /* times that it began to bypass after it had translated or aborted */
	unsigned uncached;   /* transactions that left as normal uncached memory */
	unsigned freed;	     /* accesses that were led to memory which the allocator has */
	unsigned violations; /* of the specification, by the driver: each is printed */
};
struct sim_smmu_seen sim_smmu_seen(const struct sim_smmu *unit);

void sim_smmu_remove_all(void); /* an earlier run's */

#endif
