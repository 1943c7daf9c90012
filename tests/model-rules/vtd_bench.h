/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A bench for VT-d: one unit, one device, tables and a queue in frames, and the steps that a driver takes, written down
 * from the specification. What a bad driver does on it is in vtd_registers.c and vtd_structures.c.
 */
#ifndef TESTS_MODEL_RULES_VTD_BENCH_H
#define TESTS_MODEL_RULES_VTD_BENCH_H

#include "bench.h"
#include "iommu/sim_vtd.h"
#include "iommu/vtd_rules.h"

/* Offsets of registers. */
enum {
	VER = 0x00,
	CAP = 0x08,
	ECAP = 0x10,
	GCMD = 0x18,
	GSTS = 0x1c,
	RTADDR = 0x20,
	CCMD = 0x28,
	FSTS = 0x34,
	FECTL = 0x38,
	FEDATA = 0x3c,
	FEADDR = 0x40,
	FEUADDR = 0x44,
	PMEN = 0x64,
	PLMBASE = 0x68,
	PLMLIMIT = 0x6c,
	PHMBASE = 0x70,
	PHMLIMIT = 0x78,
	IQH = 0x80,
	IQT = 0x88,
	IQA = 0x90,
	ICS = 0x9c,
	IECTL = 0xa0,
	IEDATA = 0xa4,
	IEADDR = 0xa8,
	IEUADDR = 0xac,
	IQERCD = 0xb0,
	IRTA = 0xb8,
	PQH = 0xc0,
	FRCD = 0x400,
	IVA = 0x500,
	IOTLB = 0x508,
	TE = 31,
	SRTP = 30,
	WBF = 27,
	QIE = 26,
	IRE = 25,
	SIRTP = 24,
	CFI = 23
};

/* Frames of the bench. */
enum frame { ROOT, CONTEXTS, PML5, PML4, PDPT, PD, PT, DATA, QUEUE, STATUS, INTERRUPTS, OTHER };

/* Units, besides the usual one. */
enum kind {
	OLD = OWN_KINDS, /* SRTP does not invalidate */
	NO_QUEUE,	 /* ECAP.QI is 0 */
	PROTECTED,	 /* has protected memory */
	REMAPS,		 /* interrupts */
	WIDE_INTERRUPTS, /* the same, with ECAP.EIM */
	NO_PAGES,	 /* CAP.PSI is 0 */
	FEW_DOMAINS,	 /* domain ids of 8 bits */
	DEVICE_TLBS,	 /* ECAP.DT */
	PASSES,		 /* ECAP.PT */
	CACHES_ABSENT,	 /* caching mode */
	FIVE_LEVELS,
	SMALL_PAGES, /* CAP.SSLPS is 0 */
	NO_SNOOP,    /* ECAP.SC is 0 */
	STUCK,	     /* executes nothing */
	SNOOPS_NOT,  /* CAP.RWBF */
};

#define REQUESTER   0x20
#define DOMAIN	    1
#define CC_GLOBAL   (uint64_t)0x11
#define CC_DOMAIN   (0x21 | (uint64_t)DOMAIN << 16)
#define PAGES_ALL   (uint64_t)0xd2
#define PAGES_DOM   (0xe2 | (uint64_t)DOMAIN << 16)
#define PAGES_SOME  (0xf2 | (uint64_t)DOMAIN << 16)
#define IEC_GLOBAL  (uint64_t)0x04
#define WAIT_STATUS ((uint64_t)0x25 | (uint64_t)1 << 32)

extern struct sim_vtd *the_unit;

/* 11.4.4.1: one field of GCMD, and the wait until GSTS has it. */
void command(unsigned bit, bool on);
void set_root(uint64_t rtaddr);
void queue_on(void);
void submit(uint64_t low, uint64_t high);
void submit_wait(void);
void invalidate(void); /* everything, and waits */
/* Replaces the refused descriptor at the head by a wait and lets the queue go on. */
void mend(void);
void translate(void); /* root, queue, translation on: DATA at address 0 to 0x3000 for the device */
void look(uint64_t daddr);
/* A write of the device to the interrupt with that index. */
void interrupt(unsigned index);

#endif
