/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The other side of a confidential VM's instructions: a strict model of who answers them (TDX module, PSP and RMP,
 * realm management monitor), and a hypervisor behind it that does what the test says. The models know the true state
 * of every page, and refuse what the specifications reserve: each breach is counted by rule. Freestanding, so that a
 * test on the host and a bare machine that traps the instructions use the same.
 */
#ifndef PLATFORM_SIM_CVM_WORLD_H
#define PLATFORM_SIM_CVM_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a page truly is. */
enum cvm_page {
	CVM_PRIVATE, /* accepted, validated, RAM: the guest may use it */
	CVM_PENDING, /* private to the hypervisor's mind, not yet accepted: a use faults */
	CVM_SHARED,
	CVM_LIMBO, /* SEV-SNP: assigned to the guest, validation taken away */
};

/* What the hypervisor does with a conversion. */
enum cvm_mood {
	CVM_OBEYS,
	CVM_BUSY,	    /* converts nothing and wants to be asked again */
	CVM_PARTS,	    /* converts `pages` of them and wants to be asked again */
	CVM_REFUSES,	    /* converts nothing, and says so */
	CVM_FAILS_INSIDE,   /* converts `pages` of them, and says no more than that it failed */
	CVM_FAILS_THERE,    /* converts `pages` of them, and names the one at which it failed, where the protocol can */
	CVM_SAYS_DONE,	    /* converts nothing, and says that all is done */
	CVM_SAYS_MORE,	    /* says that it converted more than it was asked */
	CVM_SAYS_ELSEWHERE, /* names a page far outside */
	CVM_SAYS_BACKWARDS, /* names a page before the first */
	CVM_SAYS_UNALIGNED, /* names an address within a page */
	CVM_SAYS_NONSENSE,  /* answers in a form that the protocol does not have */
	CVM_MOODS
};

#ifndef CVM_WORLD_PAGES /* a machine that traps the instructions has more */
#define CVM_WORLD_PAGES 2048
#endif
enum { CVM_MAX_RULES = 32 };

struct cvm_world {
	uint64_t base;	 /* guest physical address of page 0; pages of 4 KiB */
	unsigned npages; /* at most CVM_WORLD_PAGES */
	uint8_t page[CVM_WORLD_PAGES];
	uint8_t large[CVM_WORLD_PAGES]; /* the page is part of a mapping of 2 MiB */

	enum cvm_mood mood; /* of the exits from number `from` on, `times` of them; others are obeyed */
	unsigned from, times, pages;
	bool slow;		  /* the exits before `from` convert one piece each, and want to be asked again */
	unsigned module_fails_at; /* the n-th accept or PVALIDATE fails; 0: none */

	/* The machine around it, where there is one: pages have changed their state; a register is read or written,
	 * false: there is none. */
	void (*changed)(uint64_t paddr, unsigned npages);
	bool (*mmio)(uint64_t paddr, unsigned nbytes, bool write, uint64_t *value);

	/* What happened. */
	unsigned exits, module_calls;
	unsigned accesses;  /* of registers */
	unsigned converted; /* pages that changed between shared and not */
	unsigned broken[CVM_MAX_RULES];
	uint64_t last_value; /* of the breach that came last */
};

extern struct cvm_world cvm_world;

struct cvm_rule {
	const char *id, *section, *text;
};

/* All pages private, the hypervisor obeys. */
void cvm_world_start(uint64_t base, unsigned npages);

/* For the models. The page at that address, or NULL. */
uint8_t *cvm_page_at(uint64_t paddr);
void cvm_breach(unsigned rule, uint64_t value);

/* What the hypervisor does with the exit that it just got, which asks for n pieces (pages, or entries). */
struct cvm_said {
	enum cvm_mood mood;
	unsigned pieces; /* that it truly converts */
};
struct cvm_said cvm_hypervisor(unsigned n);

/* The hypervisor converts npages from paddr on; those that come back from it become `back`. Mappings of 2 MiB of
 * which it is a part fall apart. */
void cvm_turn(uint64_t paddr, unsigned npages, bool share, enum cvm_page back);

/* The mapping of 2 MiB around paddr becomes 512 small ones. */
void cvm_fall_apart(uint64_t paddr);

/* Tells the machine around that pages have changed their state. */
void cvm_tell(uint64_t paddr, unsigned npages);

/* A register access by the guest's own exit. False: there is none, or the hypervisor refuses. */
bool cvm_access(uint64_t paddr, unsigned nbytes, bool write, uint64_t *value);

/* The TDX module, the PSP or the monitor has to do something now: whether it fails. */
bool cvm_module_fails(void);

#endif
