/* SPDX-License-Identifier: MPL-2.0 */
/*
 * AMD-Vi's registers, structures and commands, by the names of the AMD I/O Virtualization Technology (IOMMU)
 * specification 48882, whose section numbers these are. No code but encodings.
 */
#ifndef DMASTREAM_SRC_IOMMU_AMDVI_REGS_H
#define DMASTREAM_SRC_IOMMU_AMDVI_REGS_H

#include "../unit/unit_queue.h"

/* 3.4: registers of 64 bits. Counters lie beyond the first 16 KiB. */
enum amdvi_register {
	AMDVI_DEVICE_TABLE = 0x00,
	AMDVI_COMMAND_BUFFER = 0x08,
	AMDVI_EVENT_LOG = 0x10,
	AMDVI_CONTROL = 0x18,
	AMDVI_EXCLUSION_BASE = 0x20,
	AMDVI_FEATURES = 0x30,
	AMDVI_COMMAND_HEAD = 0x2000,
	AMDVI_COMMAND_TAIL = 0x2008,
	AMDVI_EVENT_HEAD = 0x2010,
	AMDVI_EVENT_TAIL = 0x2018,
	AMDVI_STATUS = 0x2020,
	AMDVI_WINDOW = 0x4000,
};

#define AMDVI_LENGTH_SHIFT 56 /* of both rings: log2 of their entries, at least 8 */

/* CONTROL */
#define AMDVI_CONTROL_ENABLE   ((uint64_t)1 << 0)
#define AMDVI_CONTROL_TUNNEL   ((uint64_t)1 << 1) /* as firmware's flags say: HyperTransport */
#define AMDVI_CONTROL_EVENTS   ((uint64_t)1 << 2)
#define AMDVI_CONTROL_PASS     ((uint64_t)1 << 8) /* as firmware's flags say: posted writes may pass */
#define AMDVI_CONTROL_RESPASS  ((uint64_t)1 << 9)
#define AMDVI_CONTROL_COHERENT ((uint64_t)1 << 10) /* the unit looks into the caches for its tables */
#define AMDVI_CONTROL_ISOC     ((uint64_t)1 << 11)
#define AMDVI_CONTROL_COMMANDS ((uint64_t)1 << 12)

/* FEATURES */
#define AMDVI_FEATURE_ALL     ((uint64_t)1 << 6)	  /* INVALIDATE_IOMMU_ALL */
#define AMDVI_FEATURE_HATS(f) ((unsigned)((f) >> 10) & 3) /* host tables of 4, 5 or 6 levels; 3 is reserved */

/* STATUS; ones clear the first */
#define AMDVI_STATUS_OVERFLOW ((uint64_t)1 << 0)
#define AMDVI_STATUS_EVENTS   ((uint64_t)1 << 3) /* the log runs */
#define AMDVI_STATUS_COMMANDS ((uint64_t)1 << 4) /* the command buffer runs */
#define AMDVI_STATUS_OTHERS   ((uint64_t)3 << 7) /* logs of page requests and of guests' interrupts run */

/* 3.3.1: the capability's first dword, in configuration space. */
#define AMDVI_CAPABILITY_NOT_PRESENT ((uint32_t)1 << 26) /* NpCache: the unit may cache that nothing was there */
#define AMDVI_CAPABILITY_EXTENDED    ((uint32_t)1 << 27) /* EFRSup: FEATURES is there */

/* Flags of an IVHD block (5.2.2.1). */
enum {
	AMDVI_FLAG_TUNNEL = 1 << 0,
	AMDVI_FLAG_PASS = 1 << 1,
	AMDVI_FLAG_RESPASS = 1 << 2,
	AMDVI_FLAG_ISOC = 1 << 3,
};

/* 2.2.2.1: an entry of the device table. An entry without V lets everything pass, so that none is without. */
struct amdvi_entry {
	uint64_t word[4];
};

#define AMDVI_ENTRY_V		  ((uint64_t)1 << 0) /* of word 0 */
#define AMDVI_ENTRY_TV		  ((uint64_t)1 << 1)
#define AMDVI_ENTRY_LEVELS(n)	  ((uint64_t)(n) << 9) /* 0: no translation, IR and IW alone decide */
#define AMDVI_ENTRY_IR		  ((uint64_t)1 << 61)
#define AMDVI_ENTRY_IW		  ((uint64_t)1 << 62)
#define AMDVI_ENTRY_BLOCKED	  (AMDVI_ENTRY_V | AMDVI_ENTRY_TV)
#define AMDVI_ENTRY_MANAGEMENT(n) ((uint64_t)(n) << 40) /* of word 1: SysMgt */
#define AMDVI_ENTRY_IV		  ((uint64_t)1 << 0)	/* of word 2: with no table, interrupts are blocked */
#define AMDVI_ENTRY_INTERRUPTS(n) ((uint64_t)(n) << 56) /* of word 2: INIT, ExtInt and NMI pass */
#define AMDVI_ENTRY_LINTS(n)	  ((uint64_t)(n) << 62) /* of word 2: LINT0 and LINT1 pass */
#define AMDVI_ENTRY_PASSES	  (AMDVI_ENTRY_INTERRUPTS(7) | AMDVI_ENTRY_LINTS(3))

/* Table 20: of a page-table entry; the device's requests snoop whatever they ask for (hazard 13). */
#define AMDVI_PTE_FC ((uint64_t)1 << 60)

/* 2.4: commands; the operation is in bits 63:60 of the first word. */
enum amdvi_operation {
	AMDVI_COMPLETION_WAIT = 1,
	AMDVI_INVALIDATE_ENTRY = 2,
	AMDVI_INVALIDATE_PAGES = 3,
	AMDVI_INVALIDATE_INTERRUPTS = 5,
	AMDVI_INVALIDATE_ALL = 8,
};

static inline struct dma_command amdvi_command(enum amdvi_operation operation, uint64_t low, uint64_t high)
{
	return (struct dma_command){{low | (uint64_t)operation << 60, high}};
}

/* 2.4.1: when all commands before it are done, stores `data` at a multiple of 8. */
static inline struct dma_command amdvi_wait(uint64_t paddr, uint64_t data)
{
	return amdvi_command(AMDVI_COMPLETION_WAIT, paddr | 1, data);
}

/* 2.4.3: S says that the address holds the number of pages: 2^order of them, by order - 1 ones from bit 12 on and a
 * zero above. PDE: what was cached of inner tables, too. */
#define AMDVI_PAGES_S	((uint64_t)1 << 0)
#define AMDVI_PAGES_PDE ((uint64_t)1 << 1)

static inline struct dma_command amdvi_invalidate_pages(unsigned domain, uint64_t daddr, unsigned order, bool leaf_only)
{
	uint64_t pages = order ? (((uint64_t)1 << (order - 1)) - 1) << 12 | AMDVI_PAGES_S : 0;

	daddr &= ~(uint64_t)0 << 12 << order;
	return amdvi_command(AMDVI_INVALIDATE_PAGES, (uint64_t)domain << 32,
			     daddr | pages | (leaf_only ? 0 : AMDVI_PAGES_PDE));
}

/* All of a domain: 0x7ffffffffffff with S. */
static inline struct dma_command amdvi_invalidate_domain(unsigned domain)
{
	return amdvi_command(AMDVI_INVALIDATE_PAGES, (uint64_t)domain << 32,
			     0x7ffffffffffff000ull | AMDVI_PAGES_S | AMDVI_PAGES_PDE);
}

/* 2.5: an event; its code is in bits 63:60 of the first word. */
enum amdvi_event {
	AMDVI_ILLEGAL_ENTRY = 1,
	AMDVI_PAGE_FAULT = 2,
	AMDVI_TABLE_ERROR = 3,
	AMDVI_PAGE_TABLE_ERROR = 4,
	AMDVI_ILLEGAL_COMMAND = 5,
	AMDVI_COMMAND_ERROR = 6,
	AMDVI_DEVICE_TLB_TIMEOUT = 7,
	AMDVI_INVALID_REQUEST = 8,
};

#define AMDVI_EVENT_CODE(w)	((unsigned)((w) >> 60))
#define AMDVI_EVENT_DEVICE(w)	((uint16_t)(w))
#define AMDVI_EVENT_INTERRUPT	((uint64_t)1 << 51)
#define AMDVI_EVENT_PRESENT	((uint64_t)1 << 52)
#define AMDVI_EVENT_WRITE	((uint64_t)1 << 53)
#define AMDVI_EVENT_RESERVED	((uint64_t)1 << 55)
#define AMDVI_EVENT_TRANSLATION ((uint64_t)1 << 56)

#endif
