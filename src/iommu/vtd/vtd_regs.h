/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Intel VT-d: registers (specification revision 4, chapter 11), remapping structures (chapter 9) and invalidation
 * descriptors (chapter 6.5), by the names of the specification. Legacy mode, second-stage translation.
 */
#ifndef DMASTREAM_SRC_IOMMU_VTD_REGS_H
#define DMASTREAM_SRC_IOMMU_VTD_REGS_H

#include "../unit/unit_field.h"
#include "../unit/unit_queue.h"
#include <dmastream/types.h>

/* ---- Registers, by offset (11.4) -------------------------------------------------------------------------- */
enum vtd_register {
	VTD_VER = 0x00,
	VTD_CAP = 0x08,	 /* 64 */
	VTD_ECAP = 0x10, /* 64 */
	VTD_GCMD = 0x18,
	VTD_GSTS = 0x1c,
	VTD_RTADDR = 0x20, /* 64 */
	VTD_FSTS = 0x34,
	VTD_FECTL = 0x38,
	VTD_PMEN = 0x64,
	VTD_IQH = 0x80,		 /* 64 */
	VTD_IQT = 0x88,		 /* 64 */
	VTD_IQA = 0x90,		 /* 64 */
	VTD_IRTA = 0xb8,	 /* 64 */
	VTD_LEAST_WINDOW = 0xc0, /* bytes: all of the above */
};

/* CAP (11.4.2) */
#define VTD_CAP_RWBF   ((uint64_t)1 << 4)  /* needs a write-buffer flush */
#define VTD_CAP_PLMR   ((uint64_t)1 << 5)  /* protected low memory region */
#define VTD_CAP_PHMR   ((uint64_t)1 << 6)  /* protected high memory region */
#define VTD_CAP_CM     ((uint64_t)1 << 7)  /* caching mode: entries that are not present may be cached */
#define VTD_CAP_PSI    ((uint64_t)1 << 39) /* page-selective invalidation */
#define VTD_CAP_DWD    ((uint64_t)1 << 54) /* drains writes */
#define VTD_CAP_DRD    ((uint64_t)1 << 55) /* drains reads */
#define VTD_CAP_ESRTPS ((uint64_t)1 << 63) /* setting the root pointer invalidates everything by itself */
#define VTD_CAP_ND     DMA_BITS(2, 0)	   /* domain ids have 4 + 2 ND bits */
#define VTD_CAP_SAGAW  DMA_BITS(12, 8)	   /* bit 1: 3 levels, bit 2: 4, bit 3: 5 */
#define VTD_CAP_MGAW   DMA_BITS(21, 16)	   /* bits of a device address, less one */
#define VTD_CAP_FRO    DMA_BITS(33, 24)	   /* offset of the fault records, in 16 bytes */
#define VTD_CAP_SSLPS  DMA_BITS(37, 34)	   /* bit 0: pages of 2 MiB, bit 1: of 1 GiB */
#define VTD_CAP_NFR    DMA_BITS(47, 40)	   /* fault records, less one */
#define VTD_CAP_MAMV   DMA_BITS(53, 48)	   /* largest order of pages that one descriptor names */

/* ECAP (11.4.3) */
#define VTD_ECAP_C    ((uint64_t)1 << 0) /* the walker snoops the CPU caches */
#define VTD_ECAP_QI   ((uint64_t)1 << 1) /* queued invalidation */
#define VTD_ECAP_IR   ((uint64_t)1 << 3) /* interrupt remapping */
#define VTD_ECAP_PT   ((uint64_t)1 << 6) /* pass-through */
#define VTD_ECAP_SC   ((uint64_t)1 << 7) /* snoop control: SNP in page-table entries */
#define VTD_ECAP_IRO  DMA_BITS(17, 8)	 /* offset of the IOTLB registers, in 16 bytes */
#define VTD_ECAP_MHMV DMA_BITS(23, 20)	 /* largest order of interrupt entries that one descriptor names */

/* GCMD and GSTS (11.4.4): same places. */
#define VTD_G_CFI   ((uint32_t)1 << 23)
#define VTD_G_SIRTP ((uint32_t)1 << 24)
#define VTD_G_IRE   ((uint32_t)1 << 25)
#define VTD_G_QIE   ((uint32_t)1 << 26)
#define VTD_G_WBF   ((uint32_t)1 << 27)
#define VTD_G_SRTP  ((uint32_t)1 << 30)
#define VTD_G_TE    ((uint32_t)1 << 31)
#define VTD_G_KEEP  ((uint32_t)0x96ffffff) /* bits of GSTS that a command must carry on; the others are one-shot */

#define VTD_RTADDR_TTM ((uint64_t)3 << 10) /* translation table mode; 0 legacy */

/* FSTS (11.4.9) */
#define VTD_FSTS_PFO   ((uint32_t)1 << 0) /* overflow, write 1 to clear */
#define VTD_FSTS_PPF   ((uint32_t)1 << 1) /* a record is pending */
#define VTD_FSTS_IQE   ((uint32_t)1 << 4) /* the queue's head cannot be executed; write 1 to clear */
#define VTD_FSTS_ICE   ((uint32_t)1 << 5) /* a device sent a wrong completion; write 1 to clear */
#define VTD_FSTS_ITE   ((uint32_t)1 << 6) /* a device did not complete; write 1 to clear */
#define VTD_FSTS_QUEUE (VTD_FSTS_IQE | VTD_FSTS_ICE | VTD_FSTS_ITE)
#define VTD_FSTS_FRI   DMA_BITS(15, 8) /* the first record that is pending */

#define VTD_FECTL_IM ((uint32_t)1 << 31)

/* Fault record, 16 bytes (11.4.14); F is written alone, in the last doubleword. */
#define VTD_FRCD_F	((uint64_t)1 << 63) /* high half */
#define VTD_FRCD_F_HIGH ((uint32_t)1 << 31)
#define VTD_FRCD_READ	((uint64_t)1 << 62) /* high half: a read; else a write */
#define VTD_FRCD_FR	DMA_BITS(39, 32)    /* high half: the reason */
#define VTD_FRCD_SID	DMA_BITS(15, 0)	    /* high half: the requester */

#define VTD_PMEN_EPM ((uint32_t)1 << 31)
#define VTD_PMEN_PRS ((uint32_t)1 << 0)

/* ---- Structures in memory (chapter 9) ------------------------------------------------------------------------ */
enum {
	VTD_PAGE = 4096, /* of VT-d's tables, whatever the host's page is */
	VTD_PAGE_SHIFT = 12,
};

enum { VTD_ENTRY_BYTES = 16 }; /* root entry (9.1) and context entry (9.3): in tables of 4 KiB, so aligned to it */

#define VTD_ROOT_P	 ((uint64_t)1)
#define VTD_CONTEXT_P	 ((uint64_t)1)
#define VTD_CONTEXT_PASS ((uint64_t)2 << 2) /* TT: pass-through */
#define VTD_ADDRESS	 (~(uint64_t)(VTD_PAGE - 1))

static inline uint64_t vtd_context_high(unsigned levels, unsigned domain_id) /* AW, DID */
{
	return (uint64_t)(levels - 2) | (uint64_t)domain_id << 8;
}

#define VTD_CONTEXT_DID DMA_BITS(23, 8) /* of the high half */

/* Second-stage paging entry (9.8) */
#define VTD_PTE_SNP ((uint64_t)1 << 11)

/* ---- Invalidation descriptors (6.5.2), 128 bits --------------------------------------------------------------- */
enum { VTD_CONTEXT_INVALIDATE = 1, VTD_IOTLB_INVALIDATE = 2, VTD_INTERRUPT_INVALIDATE = 4, VTD_WAIT = 5 };
enum { VTD_ALL = 1, VTD_DOMAIN = 2, VTD_SELECTIVE = 3 }; /* granularity, bits 5:4 */

static inline struct dma_command vtd_context_descriptor(unsigned granularity, unsigned domain_id, unsigned source)
{
	return (struct dma_command){{VTD_CONTEXT_INVALIDATE | (uint64_t)granularity << 4 | (uint64_t)domain_id << 16 |
					     (uint64_t)source << 32,
				     0}};
}

/* drain: DR (bit 7), DW (bit 6). leaves_only is IH: inner tables did not change. 2^order pages from daddr on. */
static inline struct dma_command vtd_iotlb_descriptor(unsigned granularity, unsigned domain_id, uint64_t drain,
						      uint64_t daddr, unsigned order, bool leaves_only)
{
	return (struct dma_command){
		{VTD_IOTLB_INVALIDATE | (uint64_t)granularity << 4 | drain | (uint64_t)domain_id << 16,
		 (daddr & VTD_ADDRESS) | (uint64_t)leaves_only << 6 | order}};
}

#define VTD_DRAIN_READS	 ((uint64_t)1 << 7)
#define VTD_DRAIN_WRITES ((uint64_t)1 << 6)

/* 6.5.2.7: all entries of the interrupt table that are cached, or 2^order of them from index on. */
static inline struct dma_command vtd_interrupt_descriptor(bool selective, unsigned index, unsigned order)
{
	return (struct dma_command){
		{VTD_INTERRUPT_INVALIDATE | (uint64_t)selective << 4 | (uint64_t)order << 27 | (uint64_t)index << 32,
		 0}};
}

/* Writes `status` to the doubleword at paddr when all before it is done (SW). */
static inline struct dma_command vtd_wait_descriptor(uint64_t paddr, uint32_t status)
{
	return (struct dma_command){{VTD_WAIT | 1u << 5 | (uint64_t)status << 32, paddr & ~(uint64_t)3}};
}

#endif
