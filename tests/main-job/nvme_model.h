/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A host of platform.h and bus.h in one process, with an NVMe controller in it that does as it is told: right, late, or
 * wrong. It knows what memory it was given, and counts every frame that is freed while it could still reach it.
 */
#ifndef TESTS_NVME_MODEL_H
#define TESTS_NVME_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODEL_BAR 0x40000000 /* where the registers are */

enum model_lie {
	LIE_NONE,
	LIE_UNKNOWN_ID,	 /* a completion with an identifier that no command has */
	LIE_OLD_ID,	 /* the slot is in use, but this is its last command's identifier */
	LIE_TWICE,	 /* the same completion again */
	LIE_OTHER_QUEUE, /* a wrong submission queue identifier */
	LIE_HEAD,	 /* a submission queue head outside the queue */
	LIE_WRONG_PHASE, /* the entry is written with the old phase: it is not there */
	LIE_SILENCE,	 /* no completion */
	LIE_FATAL,	 /* CSTS.CFS */
	LIE_GONE,	 /* registers read all ones */
	LIE_IOMMU_FAULT, /* success for a transfer that the IOMMU blocked */
};

struct model_config {
	/* what the controller says of itself */
	uint64_t cap;
	uint8_t mdts, sqes, cqes;
	uint32_t first_namespace;
	uint64_t nsze;
	uint8_t nlbaf, flbas, nsattr;
	uint32_t lbaf;
	/* how it behaves */
	bool never_ready, never_stops, ready_with_fatal;
	unsigned admin_fails;	 /* n: the n-th admin command (from 1) gets status 0/02h; 0: none */
	unsigned admin_silent;	 /* n: the n-th admin command is not answered */
	unsigned admin_fatal;	 /* n: the n-th admin command makes it report a fatal state */
	unsigned admin_lies;	 /* n: the n-th admin command is answered with another identifier */
	enum model_lie lie;	 /* of the I/O queue */
	unsigned lie_at;	 /* the n-th I/O command, from 1 */
	uint16_t io_status;	 /* status code | type << 8 of the lie_at-th I/O command */
	bool reorder;		 /* completions wait until polled, then come youngest first */
	unsigned frames_fail_at; /* the n-th allocation of frames fails */
	uint64_t bar_size;
	unsigned messages; /* that it can send: 0, it has no MSI-X; interrupts come in bus_relax() */
	bool loses_interrupts;
};

/* A good controller: 4 KiB pages, MDTS 128 pages, 64-entry queues, 2048 blocks of 512 bytes. */
struct model_config model_good(void);
void model_start(const struct model_config *config);

extern struct model_config model_config;
uint64_t model_faults(void);	   /* of the IOMMU in front of it */
bool model_enabled(void);	   /* CC.EN */
bool model_reaches(uint64_t page); /* may it still touch the page at this paddr? */

/* The driver's handler of a message, as bus_pci_interrupt() and its end. */
int model_interrupt(unsigned message, void (*handler)(void *context), void *context);
void model_interrupt_end(unsigned message);

/* nvme_host.c */
void host_interrupts(bool on);
extern unsigned host_locks; /* that are held */
void host_start(void);
void *host_memory(uint64_t paddr, size_t nbytes); /* NULL: not in use */

extern unsigned char model_disk[2048 * 4096];
extern unsigned model_devices;	/* attached */
extern unsigned model_frames;	/* in use */
extern unsigned model_reached;	/* frames freed while the controller could reach them */
extern unsigned model_commands; /* I/O commands seen */
extern unsigned model_bad_prps; /* misaligned, or outside of memory in use */
extern unsigned model_flushes;
extern bool model_master;	   /* bus mastering is on */
extern unsigned model_handlers;	   /* in use */
extern unsigned model_allocations; /* of frames, since start */

#endif
