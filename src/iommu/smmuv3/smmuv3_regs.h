/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Arm SMMUv3: registers (IHI 0070, chapter 6), stream table entries and context descriptors (chapter 5), commands
 * (chapter 4) and events (chapter 7), by the names of the specification. Little endian, AArch64 tables, 4 KiB
 * granule.
 */
#ifndef DMASTREAM_SRC_IOMMU_SMMUV3_REGS_H
#define DMASTREAM_SRC_IOMMU_SMMUV3_REGS_H

#include "../unit/unit_queue.h"

/* ---- Registers, by offset (6.1) ------------------------------------------------------------------------------ */
enum smmu_register {
	SMMU_IDR0 = 0x00,
	SMMU_IDR1 = 0x04,
	SMMU_IDR3 = 0x0c,
	SMMU_IDR5 = 0x14,
	SMMU_CR0 = 0x20,
	SMMU_CR0ACK = 0x24,
	SMMU_CR1 = 0x28,
	SMMU_CR2 = 0x2c,
	SMMU_GBPA = 0x44,
	SMMU_IRQ_CTRL = 0x50,
	SMMU_IRQ_CTRLACK = 0x54,
	SMMU_GERROR = 0x60,
	SMMU_GERRORN = 0x64,
	SMMU_STRTAB_BASE = 0x80, /* 64 */
	SMMU_STRTAB_BASE_CFG = 0x88,
	SMMU_CMDQ_BASE = 0x90, /* 64 */
	SMMU_CMDQ_PROD = 0x98,
	SMMU_CMDQ_CONS = 0x9c,
	SMMU_EVENTQ_BASE = 0xa0, /* 64 */
	SMMU_EVENTQ_PROD = 0xa8, /* in the second page of registers, where there is one */
	SMMU_EVENTQ_CONS = 0xac,
	SMMU_REGISTER_PAGE = 0x10000,
};

/* IDR0 (6.3.1) */
#define SMMU_IDR0_S2P		  (1u << 0)
#define SMMU_IDR0_S1P		  (1u << 1)
#define SMMU_IDR0_AARCH64	  (1u << 3) /* TTF: 0b1x */
#define SMMU_IDR0_COHACC	  (1u << 4)
#define SMMU_IDR0_BTM		  (1u << 5) /* takes part in the CPUs' TLB broadcasts */
#define SMMU_IDR0_HYP		  (1u << 9)
#define SMMU_IDR0_ASID16	  (1u << 12)
#define SMMU_IDR0_VMID16	  (1u << 18)
#define smmu_idr0_endian(idr0)	  ((idr0) >> 21 & 3)
#define SMMU_ENDIAN_BIG		  3u
#define smmu_idr0_stall(idr0)	  ((idr0) >> 24 & 3)
#define SMMU_STALL_AND_TERMINATE  0u
#define SMMU_STALL_ALWAYS	  2u
#define smmu_idr0_two_level(idr0) ((idr0) >> 27 & 1)

/* IDR1 (6.3.2) */
#define smmu_idr1_stream_bits(idr1)  ((idr1)&63)
#define smmu_idr1_event_bits(idr1)   ((idr1) >> 16 & 31)
#define smmu_idr1_command_bits(idr1) ((idr1) >> 21 & 31)
#define SMMU_IDR1_QUEUES_PRESET	     (1u << 29)
#define SMMU_IDR1_TABLES_PRESET	     (1u << 30)

/* IDR3, IDR5 (6.3.4, 6.3.6) */
#define SMMU_IDR3_RIL	     (1u << 10) /* invalidation by range */
#define smmu_idr3_bbml(idr3) ((idr3) >> 11 & 3)
#define smmu_idr5_oas(idr5)  ((idr5)&7) /* 0: 32 bits, 36, 40, 42, 44, 48, 52 */
#define SMMU_IDR5_GRAN4K     (1u << 4)

/* CR0, CR1, CR2, GBPA, GERROR */
#define SMMU_CR0_SMMUEN		  (1u << 0)
#define SMMU_CR0_EVENTQEN	  (1u << 2)
#define SMMU_CR0_CMDQEN		  (1u << 3)
#define SMMU_CR1_WRITE_BACK_INNER (0xd75u)  /* queues and tables: inner and outer write-back, inner shareable */
#define SMMU_CR1_NOT_CACHED	  (0x820u)  /* not cached, outer shareable */
#define SMMU_CR2_RECINVSID	  (1u << 1) /* record transactions of stream ids beyond the table */
#define SMMU_CR2_PTM		  (1u << 2) /* take no part in the CPUs' TLB broadcasts */
#define SMMU_GBPA_ABORT		  (1u << 20)
#define SMMU_GBPA_UPDATE	  (1u << 31)
#define smmu_cons_error(cons)	  ((cons) >> 24 & 0x7f)
#define SMMU_CERROR_ABT		  2u
#define SMMU_CERROR_ATC_INV_SYNC  3u
#define SMMU_GERROR_CMDQ	  (1u << 0)
#define SMMU_GERROR_ALL		  0x1fdu
#define SMMU_GERROR_SFM		  (1u << 8) /* service failure mode */

#define SMMU_BASE_RA	     ((uint64_t)1 << 62) /* read / write allocate hint of table and queue bases */
#define SMMU_BASE_ADDRESS    UINT64_C(0x000fffffffffffe0)
#define SMMU_STRTAB_2LEVEL   (1u << 16)
#define SMMU_SPLIT	     8u	 /* stream id bits of a second-level table: 256 entries, 16 KiB */
#define SMMU_SPLIT_WIDE	     10u /* 1024 entries, 64 KiB: for stream tables whose first level would be long */
#define SMMU_EVENTQ_OVERFLOW (1u << 31)

/* ---- Stream table (5.1, 5.2) ----------------------------------------------------------------------------------- */

/* First level: span (256 entries are a span of 9) and address of the second. */
#define SMMU_L1_SPAN(split) ((split) + 1u)
enum { SMMU_STE_BYTES = 64, SMMU_STE_WORDS = 4, SMMU_CD_BYTES = 64 }; /* words that are ever other than 0 */

#define SMMU_STE_V		   ((uint64_t)1)
#define SMMU_STE_CONFIG		   ((uint64_t)7 << 1)
#define SMMU_STE_FILLING	   SMMU_STE_BYPASS    /* in use, but not valid */
#define SMMU_STE_BYPASS		   ((uint64_t)4 << 1) /* Config: neither stage translates */
#define SMMU_STE_STAGE_1	   ((uint64_t)5 << 1) /* Config: stage 1 translates, stage 2 bypassed */
#define SMMU_STE_STAGE_2	   ((uint64_t)6 << 1)
/* word 1 */
#define SMMU_STE_S1_CACHED	   ((uint64_t)(1 << 2 | 1 << 4 | 3 << 6)) /* S1CIR, S1COR, S1CSH: of their tables */
#define SMMU_STE_S1_UNCACHED	   ((uint64_t)(2 << 6))
#define SMMU_STE_S1STALLD	   ((uint64_t)1 << 27)
#define SMMU_STE_NORMAL_NC	   ((uint64_t)5 << 32 | (uint64_t)1 << 36) /* MemAttr, MTCFG: for every access */
#define SMMU_STE_SH_INCOMING	   ((uint64_t)1 << 44)
#define SMMU_STE_UNPRIVILEGED_DATA ((uint64_t)2 << 48 | (uint64_t)2 << 50) /* PRIVCFG, INSTCFG */
/* word 2 */
#define SMMU_STE_VMID		   ((uint64_t)0xffff)
#define smmu_ste_s2(vmid, t0sz, sl0, ps)                                                                               \
	((uint64_t)(vmid) | (uint64_t)(t0sz) << 32 | (uint64_t)(sl0) << 38 | (uint64_t)(ps) << 48 |                    \
	 (uint64_t)1 << 51 /* AArch64 */ | (uint64_t)1 << 58 /* S2R: record faults */)
#define SMMU_STE_S2_CACHED   ((uint64_t)(1 << 8 | 1 << 10 | 3 << 12) << 32) /* S2IR0, S2OR0, S2SH0: of table walks */
#define SMMU_STE_S2_UNCACHED ((uint64_t)(2 << 12) << 32)

/* Context descriptor (5.4). */
#define smmu_cd_0(asid, t0sz, ips)                                                                                     \
	((uint64_t)(t0sz) | (uint64_t)1 << 30 /* EPD1 */ | (uint64_t)1 << 31 /* V */ | (uint64_t)(ips) << 32 |         \
	 (uint64_t)1 << 41 /* AA64 */ | (uint64_t)1 << 45 /* R: record */ | (uint64_t)1 << 46 /* A: abort */ |         \
	 (uint64_t)1 << 47 /* ASET: not the CPUs' ASID */ | (uint64_t)(asid) << 48)
#define SMMU_CD_CACHED	     ((uint64_t)(1 << 8 | 1 << 10 | 3 << 12)) /* IR0, OR0, SH0: of table walks */
#define SMMU_CD_UNCACHED     ((uint64_t)(2 << 12))
#define SMMU_MAIR_WRITE_BACK 0xffu
#define SMMU_MAIR_NORMAL_NC  0x44u
#define SMMU_MAIR_DEVICE     (0x04u << 8) /* AttrIndx 1: Device-nGnRE */

/* Attributes of leaves. Stage 1: AttrIndx 0, inner shareable, nG (else the entry would hold for every ASID). Stage 2:
 * normal write-back, inner shareable; what the stream says on its way in can only weaken it. */
#define SMMU_LEAF_1	   ((uint64_t)3 << 8 | (uint64_t)1 << 11)
#define SMMU_LEAF_1_DEVICE ((uint64_t)1 << 11 | (uint64_t)1 << 2)
#define SMMU_LEAF_2	   ((uint64_t)3 << 8 | (uint64_t)15 << 2)
#define SMMU_LEAF_2_DEVICE ((uint64_t)1 << 2) /* Device-nGnRE */

/* ---- Commands (4) ------------------------------------------------------------------------------------------------ */
enum smmu_opcode {
	SMMU_CFGI_STE = 0x03,
	SMMU_CFGI_ALL = 0x04, /* CFGI_STE_RANGE with the range 31 */
	SMMU_TLBI_NH_ASID = 0x11,
	SMMU_TLBI_NH_VA = 0x12,
	SMMU_TLBI_EL2_ALL = 0x20,
	SMMU_TLBI_S12_VMALL = 0x28,
	SMMU_TLBI_S2_IPA = 0x2a,
	SMMU_TLBI_NSNH_ALL = 0x30,
	SMMU_SYNC = 0x46,
};

/* Not "leaf": the first-level entry on the way is forgotten, too. */
static inline struct dma_command smmu_cfgi_ste(uint32_t stream)
{
	return (struct dma_command){{SMMU_CFGI_STE | (uint64_t)stream << 32, 0}};
}

static inline struct dma_command smmu_cfgi_all(void)
{
	return (struct dma_command){{SMMU_CFGI_ALL, 31}};
}

/* What names nothing: all translations, or the CMD_SYNC. */
static inline struct dma_command smmu_command(enum smmu_opcode opcode)
{
	return (struct dma_command){{opcode, 0}};
}

static inline struct dma_command smmu_tlbi_domain(bool stage_2, unsigned id)
{
	return (struct dma_command){
		{stage_2 ? SMMU_TLBI_S12_VMALL | (uint64_t)id << 32 : SMMU_TLBI_NH_ASID | (uint64_t)id << 48, 0}};
}

/* One address, or with `ranged` (num + 1) << scale pages of 4 KiB from it on (4.4.1.1), which must be more than one. */
static inline struct dma_command smmu_tlbi(bool stage_2, unsigned id, uint64_t daddr, bool leaf, bool ranged,
					   unsigned num, unsigned scale)
{
	struct dma_command command = {
		{stage_2 ? SMMU_TLBI_S2_IPA | (uint64_t)id << 32 : SMMU_TLBI_NH_VA | (uint64_t)id << 48, daddr | leaf}};

	if (ranged) {
		command.word[0] |= (uint64_t)num << 12 | (uint64_t)scale << 20;
		command.word[1] |= 1 << 10; /* TG: 4 KiB */
	}
	return command;
}

/* ---- Events (7.3) ------------------------------------------------------------------------------------------------ */
enum { SMMU_EVENT_WORDS = 4 }; /* of 8 bytes */

#define smmu_event_type(e)     ((unsigned)((e)[0] & 0xff))
#define smmu_event_stream(e)   ((uint32_t)((e)[0] >> 32))
#define SMMU_EVENT_INSTRUCTION ((uint64_t)1 << 34) /* word 1 */
#define SMMU_EVENT_READ	       ((uint64_t)1 << 35)

#endif
