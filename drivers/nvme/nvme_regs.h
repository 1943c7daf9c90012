/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the NVM Express Base Specification 2.0 lays down: registers, commands, completions, identify data. Section
 * numbers in drivers/nvme/ are its, "NVM 1.0" are the NVM Command Set Specification's.
 */
#ifndef DRIVERS_NVME_REGS_H
#define DRIVERS_NVME_REGS_H

#include <stdint.h>

#define NVME_CLASS_CODE 0x010802u /* mass storage, non-volatile memory, NVM Express I/O */

/* Controller registers (3.1.3): offsets in BAR 0. */
enum nvme_register {
	NVME_REG_CAP = 0x00, /* 64 bits: capabilities */
	NVME_REG_VS = 0x08,
	NVME_REG_INTMS = 0x0c,
	NVME_REG_CC = 0x14,
	NVME_REG_CSTS = 0x1c,
	NVME_REG_AQA = 0x24,
	NVME_REG_ASQ = 0x28, /* 64 bits */
	NVME_REG_ACQ = 0x30, /* 64 bits */
	NVME_REG_DOORBELLS = 0x1000,
};

/* A field of a register: width bits from bit `low` on. */
struct nvme_field {
	uint8_t low;
	uint8_t width;
};

static inline uint64_t nvme_get(uint64_t value, struct nvme_field f)
{
	return value >> f.low & (((uint64_t)1 << f.width) - 1);
}

static inline uint64_t nvme_put(uint64_t value, struct nvme_field f)
{
	return value << f.low;
}

#define NVME_FIELD(low, width) ((struct nvme_field){(low), (width)})

/* CAP (3.1.3.1) */
#define NVME_CAP_MQES	 NVME_FIELD(0, 16) /* entries that a queue can have, less one */
#define NVME_CAP_TO	 NVME_FIELD(24, 8) /* worst time of CSTS.RDY to follow CC.EN, in 500 ms */
#define NVME_CAP_DSTRD	 NVME_FIELD(32, 4) /* doorbells are 4 << DSTRD bytes apart */
#define NVME_CAP_CSS_NVM NVME_FIELD(37, 1) /* the NVM command set is there */
#define NVME_CAP_MPSMIN	 NVME_FIELD(48, 4) /* smallest memory page: 4096 << MPSMIN */
#define NVME_CAP_MPSMAX	 NVME_FIELD(52, 4)

/* CC (3.1.3.5) */
#define NVME_CC_EN     NVME_FIELD(0, 1)
#define NVME_CC_MPS    NVME_FIELD(7, 4)
#define NVME_CC_SHN    NVME_FIELD(14, 2) /* 1: normal shutdown */
#define NVME_CC_IOSQES NVME_FIELD(16, 4)
#define NVME_CC_IOCQES NVME_FIELD(20, 4)

/* CSTS (3.1.3.6) */
#define NVME_CSTS_RDY  NVME_FIELD(0, 1)
#define NVME_CSTS_CFS  NVME_FIELD(1, 1)
#define NVME_CSTS_SHST NVME_FIELD(2, 2) /* 2: shutdown complete */

/* AQA (3.1.3.8): sizes less one */
#define NVME_AQA_ASQS NVME_FIELD(0, 12)
#define NVME_AQA_ACQS NVME_FIELD(16, 12)

/* Admin commands (5) and NVM commands (NVM 1.0, 3). */
enum nvme_opcode {
	NVME_ADMIN_CREATE_SQ = 0x01,
	NVME_ADMIN_CREATE_CQ = 0x05,
	NVME_ADMIN_IDENTIFY = 0x06,
	NVME_ADMIN_SET_FEATURES = 0x09,

	NVME_CMD_FLUSH = 0x00,
	NVME_CMD_WRITE = 0x01,
	NVME_CMD_READ = 0x02,
};

enum {
	NVME_FEATURE_QUEUES = 0x07,   /* 5.27.1.5 */
	NVME_QUEUE_CONTIGUOUS = 1,    /* PC of create queue, 5.4.1 */
	NVME_QUEUE_INTERRUPTS = 2,    /* IEN */
	NVME_QUEUE_VECTOR_SHIFT = 16, /* IV */
};

/* Submission queue entry (3.3.3.1). */
struct nvme_command {
	uint8_t opcode;
	uint8_t flags; /* 0: not fused, PRPs */
	uint16_t command_id;
	uint32_t nsid;
	uint32_t cdw2, cdw3;
	uint64_t metadata;
	uint64_t prp1, prp2; /* 4.1.1 */
	uint32_t cdw10, cdw11, cdw12, cdw13, cdw14, cdw15;
};
_Static_assert(sizeof(struct nvme_command) == 64, "submission queue entry");
#define NVME_COMMAND_SHIFT 6

/* Completion queue entry (3.3.3.2): offsets of the words that are read whole, each once. */
enum nvme_completion_word {
	NVME_CQE_SQ = 8,      /* SQ head pointer, SQ identifier */
	NVME_CQE_STATUS = 12, /* command identifier, phase, status */
};
#define NVME_COMPLETION_SHIFT 4

#define NVME_CQE_SQ_HEAD    NVME_FIELD(0, 16)
#define NVME_CQE_SQ_ID	    NVME_FIELD(16, 16)
#define NVME_CQE_COMMAND_ID NVME_FIELD(0, 16)
#define NVME_CQE_PHASE	    NVME_FIELD(16, 1)
#define NVME_CQE_SC	    NVME_FIELD(17, 8) /* status code */
#define NVME_CQE_SCT	    NVME_FIELD(25, 3) /* status code type */

/* Identify (5.17): CNS, and where in the 4096 bytes the fields stand. */
enum nvme_cns {
	NVME_CNS_NAMESPACE = 0,
	NVME_CNS_CONTROLLER = 1,
	NVME_CNS_ACTIVE_NAMESPACES = 2,
};
enum { NVME_IDENTIFY_SIZE = 4096 };

enum nvme_identify_controller {
	NVME_IDCTRL_MN = 24,	/* 40 characters: the model, padded with spaces */
	NVME_IDCTRL_MDTS = 77,	/* u8: largest transfer is 2^MDTS pages of MPSMIN; 0: no limit */
	NVME_IDCTRL_SQES = 512, /* u8: required (low half) and maximum entry size, as powers of two */
	NVME_IDCTRL_CQES = 513,
	NVME_IDCTRL_VWC = 525, /* u8: bit 0: volatile write cache */
};

enum nvme_identify_namespace {			      /* NVM 1.0, 4.1.5.1 */
			       NVME_IDNS_NSZE = 0,    /* u64: blocks */
			       NVME_IDNS_NLBAF = 25,  /* u8: formats less one */
			       NVME_IDNS_FLBAS = 26,  /* u8: format in use: bits 3:0, and 6:5 above them */
			       NVME_IDNS_NSATTR = 99, /* u8: bit 0: write protected */
			       NVME_IDNS_LBAF = 128,  /* u32 each, 64 of them */
};
#define NVME_LBAF_MS	NVME_FIELD(0, 16) /* metadata bytes */
#define NVME_LBAF_LBADS NVME_FIELD(16, 8) /* block size as a power of two */

#endif
