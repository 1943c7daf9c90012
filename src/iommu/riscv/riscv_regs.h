/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The RISC-V IOMMU's registers, structures and commands, by the names of the RISC-V IOMMU Architecture Specification
 * 1.0. No code but encodings.
 */
#ifndef DMASTREAM_SRC_IOMMU_RISCV_REGS_H
#define DMASTREAM_SRC_IOMMU_RISCV_REGS_H

#include "../unit/unit_queue.h"

/* "Register layout". Those marked 8 have 64 bits, the others 32. */
enum riscv_register {
	RISCV_CAPABILITIES = 0, /* 8 */
	RISCV_FCTL = 8,
	RISCV_DDTP = 16, /* 8 */
	RISCV_CQB = 24,	 /* 8 */
	RISCV_CQH = 32,
	RISCV_CQT = 36,
	RISCV_FQB = 40, /* 8 */
	RISCV_FQH = 48,
	RISCV_FQT = 52,
	RISCV_PQB = 56, /* 8; these where capabilities.ATS is 1 */
	RISCV_PQH = 64,
	RISCV_PQT = 68,
	RISCV_CQCSR = 72,
	RISCV_FQCSR = 76,
	RISCV_PQCSR = 80,
	RISCV_WINDOW = 4096,
};

/* capabilities */
#define RISCV_CAP_MAJOR(cap) ((unsigned)(cap) >> 4 & 15)
#define RISCV_CAP_SV39	     ((uint64_t)1 << 9)
#define RISCV_CAP_SV48	     ((uint64_t)1 << 10)
#define RISCV_CAP_SV57	     ((uint64_t)1 << 11)
#define RISCV_CAP_SV39X4     ((uint64_t)1 << 17)
#define RISCV_CAP_SV48X4     ((uint64_t)1 << 18)
#define RISCV_CAP_MSI_FLAT   ((uint64_t)1 << 22) /* device contexts have the extended format */
#define RISCV_CAP_ATS	     ((uint64_t)1 << 25) /* and page requests */
#define RISCV_CAP_PAS(cap)   ((unsigned)((cap) >> 32) & 63)

/* fctl: tables in big endian, and for guests of 32 bits */
#define RISCV_FCTL_BE  1u
#define RISCV_FCTL_GXL 4u

/* ddtp */
#define RISCV_DDTP_OFF	     0u /* nothing passes */
#define RISCV_DDTP_LEVELS(n) ((n) + 1u)
#define RISCV_DDTP_MODE	     15u
#define RISCV_DDTP_BUSY	     (1u << 4)

/* A physical address as PPN in bits 53:10: of ddtp, cqb, fqb, and of entries that point to a table. */
#define RISCV_PPN(paddr) ((paddr) >> 12 << 10)
#define RISCV_PPN_MASK	 0x003ffffffffffc00ull
#define RISCV_PPN_SHIFT	 2u		       /* what the address loses */
#define RISCV_BASE_WPRI	 0xffc00000000003e0ull /* of ddtp, cqb, fqb, pqb: what is written as it was read */

/* cqcsr, fqcsr, pqcsr */
#define RISCV_CSR_ENABLE 1u
#define RISCV_CSR_FAULT	 (1u << 8) /* the queue's memory cannot be accessed */
#define RISCV_CSR_ON	 (1u << 16)
#define RISCV_CSR_BUSY	 (1u << 17)
#define RISCV_WPRI(reg)	 ((reg) == RISCV_CQCSR ? 0xfffcf0fcu : 0xfffcfcfcu)
#define RISCV_CQ_TIMEOUT (1u << 9)
#define RISCV_CQ_ILLEGAL (1u << 10)
#define RISCV_CQ_ERRORS	 (RISCV_CSR_FAULT | RISCV_CQ_TIMEOUT | RISCV_CQ_ILLEGAL)
#define RISCV_FULL	 (1u << 9)			/* fqof, pqof */
#define RISCV_LOST	 (RISCV_CSR_FAULT | RISCV_FULL) /* of fqcsr and pqcsr */

/* ---- "Device-context fields" ----------------------------------------------------------------------------------- */

/* The words of a context that may be other than 0: with the second stage IOHGATP, and the last three where there are
 * messages; with the first stage TA and FSC. */
enum { RISCV_DC_TC = 0, RISCV_DC_IOHGATP = 1, RISCV_DC_TA = 2, RISCV_DC_FSC = 3 };
enum { RISCV_DC_MSIPTP = 4, RISCV_DC_MSI_MASK = 5, RISCV_DC_MSI_PATTERN = 6 };
#define RISCV_DIRECTORY_V    ((uint64_t)1 << 0) /* of an entry that points to a table */
#define RISCV_TC_V	     ((uint64_t)1 << 0)
#define RISCV_TC_FILLED	     ((uint64_t)1 << 1) /* without V: software's, and here says that the context will be used */
#define RISCV_GSCID_SHIFT    44
#define RISCV_GSCID(iohgatp) ((unsigned)((iohgatp) >> RISCV_GSCID_SHIFT) & 0xffff)
#define RISCV_PSCID_SHIFT    12
#define RISCV_PSCID(ta)	     ((unsigned)((ta) >> RISCV_PSCID_SHIFT) & 0xfffff)

/* Of fsc, and with the number of iohgatp: MODE is 8 for 3 levels, and so on. 0: nothing is translated. */
static inline uint64_t riscv_tables(unsigned levels, uint64_t root)
{
	return (uint64_t)(levels + 5) << 60 | root >> 12;
}

/* ---- Messages: "MSI address mask and pattern", "MSI page table pointer" ------------------------------------------ */

#define RISCV_GUEST_BITS(cap) ((cap)&RISCV_CAP_SV48X4 ? 50u : 41u) /* MGPAW */
#define RISCV_MSIPTP(table)   ((uint64_t)1 << 60 | (table) >> 12)  /* Flat */
#define RISCV_MSI_PTE(page)   ((page) << 10 | 7)		   /* V, and M: "basic translate mode" */
enum { RISCV_MSI_BYTES = 16 };					   /* of an entry, whose second half is software's */

/* ---- "Command-Queue" --------------------------------------------------------------------------------------------- */

enum riscv_operation { /* opcode, and func3 from bit 7 on */
		       RISCV_IOTINVAL_VMA = 1,
		       RISCV_IOTINVAL_GVMA = 1 | 1 << 7,
		       RISCV_IOFENCE_C = 2,
		       RISCV_INVAL_DDT = 3,
		       RISCV_ATS_PRGR = 4 | 1 << 7,
		       RISCV_OPERATION = 0x3ff,
};
#define RISCV_IOTINVAL_AV   ((uint64_t)1 << 10)
#define RISCV_IOTINVAL_PSCV ((uint64_t)1 << 32)
#define RISCV_IOTINVAL_GV   ((uint64_t)1 << 33)
#define RISCV_IOFENCE_PR    ((uint64_t)1 << 12)
#define RISCV_IOFENCE_PW    ((uint64_t)1 << 13)
#define RISCV_INVAL_DV	    ((uint64_t)1 << 33)

/* All of the operation's kind: of every domain, or every device. */
static inline struct dma_command riscv_all(enum riscv_operation operation)
{
	return (struct dma_command){{(uint64_t)operation, 0}};
}

/* Of a domain with second-stage tables. */
static inline struct dma_command riscv_guest(enum riscv_operation operation, unsigned id)
{
	return (struct dma_command){{(uint64_t)operation | RISCV_IOTINVAL_GV | (uint64_t)id << RISCV_GSCID_SHIFT, 0}};
}

/* Of a domain, its tables those of the first stage, or of the second. */
static inline struct dma_command riscv_domain(bool first, unsigned id)
{
	if (!first)
		return riscv_guest(RISCV_IOTINVAL_GVMA, id);
	return (struct dma_command){
		{(uint64_t)RISCV_IOTINVAL_VMA | RISCV_IOTINVAL_PSCV | (uint64_t)id << RISCV_PSCID_SHIFT, 0}};
}

static inline struct dma_command riscv_page(bool first, unsigned id, uint64_t daddr)
{
	struct dma_command command = riscv_domain(first, id);

	command.word[0] |= RISCV_IOTINVAL_AV;
	command.word[1] = daddr >> 12 << 10;
	return command;
}

static inline struct dma_command riscv_device(uint32_t device)
{
	return (struct dma_command){{(uint64_t)RISCV_INVAL_DDT | RISCV_INVAL_DV | (uint64_t)device << 40, 0}};
}

/* PR, PW: what devices read and wrote before has come to its end, where others see it. */
static inline struct dma_command riscv_fence(void)
{
	return (struct dma_command){{(uint64_t)RISCV_IOFENCE_C | RISCV_IOFENCE_PR | RISCV_IOFENCE_PW, 0}};
}

/* ---- "Fault/Event-Queue" ----------------------------------------------------------------------------------------- */

#define RISCV_FAULT_CAUSE(record)   ((unsigned)((record)[0] & 0xfff))
#define RISCV_FAULT_TYPE(record)    ((unsigned)((record)[0] >> 34 & 63))
#define RISCV_FAULT_DEVICE(record)  ((uint32_t)((record)[0] >> 40))
#define RISCV_FAULT_ADDRESS(record) ((record)[2])
enum { RISCV_FAULT_WORDS = 4, RISCV_CAUSE_DISALLOWED = 260 };
enum { RISCV_TYPE_NONE = 0, RISCV_TYPE_READ = 2, RISCV_TYPE_WRITE = 3 }; /* 5 to 7: the same, translated */

/* ---- "Page-Request-Queue" ---------------------------------------------------------------------------------------- */

enum { RISCV_REQUEST_READ = 1, RISCV_REQUEST_WRITE = 2, RISCV_REQUEST_LAST = 4, RISCV_REQUEST_WORDS = 2 };
#define RISCV_REQUEST_SENDER 0xffffff01fffff000ull /* DID, PV, PID: they stand in a command where they were */

/* "Response Failure" (15) to a request's group, DID with a segment: the device asks no more. */
static inline struct dma_command riscv_response(const uint64_t *record)
{
	return (struct dma_command){{(uint64_t)RISCV_ATS_PRGR | (uint64_t)1 << 33 | (record[0] & RISCV_REQUEST_SENDER),
				     (uint64_t)15 << 44 | (record[1] >> 3 & 511) << 32}};
}

#endif
