/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Inside the simulated NVMe controller: nvme_registers.c is what the driver sees, nvme_admin.c and nvme_blocks.c
 * what the commands do, nvme_controller.c takes them and completes them. Sections are those of NVM Express Base
 * 2.0; "NVM 1.0" are the NVM Command Set's.
 */
#ifndef PLATFORM_SIM_NVME_CONTROLLER_H
#define PLATFORM_SIM_NVME_CONTROLLER_H

#include "../sim.h"

enum { NVME_QUEUES = 5, NVME_FLIGHT = 64, NVME_MPS = 4096, NVME_MDTS = 5 /* 2^5 pages of 4 KiB */, NVME_ENTRIES = 256 };

struct sim_nvme_command { /* 3.3.3.1 */
	uint8_t opcode, flags;
	uint16_t id;
	uint32_t nsid, cdw2, cdw3;
	uint64_t metadata, prp1, prp2;
	uint32_t cdw10, cdw11, cdw12, cdw13, cdw14, cdw15;
};

struct sim_nvme_queue {
	uint64_t base;
	uint32_t size, head, tail; /* size 0: there is none */
	uint16_t completion;	   /* of a submission queue: the other's id */
	bool phase;		   /* of a completion queue: of the next entry */
};

struct sim_nvme_flight {
	struct sim_nvme_command command;
	uint16_t queue, status, head; /* status: code | type << 8 */
	uint32_t bytes, done;
	uint64_t list[(1 << NVME_MDTS) + 1]; /* where its pages are */
	unsigned npages;
	bool backwards;
};

struct sim_nvme {
	struct sim_pci *fn;
	struct sim_device *dma;
	int file;
	bool read_only;
	uint64_t nblocks;
	uint32_t cc, csts, aqa;
	uint64_t asq, acq;
	struct sim_nvme_queue submission[NVME_QUEUES], completion[NVME_QUEUES];
	struct sim_nvme_flight flight[NVME_FLIGHT];
	unsigned nflight;
};

enum { /* status codes (3.3.3.2.1), type << 8 | code */
       NVME_S_OK = 0,
       NVME_S_OPCODE = 1,
       NVME_S_FIELD = 2,
       NVME_S_TRANSFER = 4,
       NVME_S_NAMESPACE = 0xb,
       NVME_S_PRP_OFFSET = 0x13,
       NVME_S_LBA = 0x80,
       NVME_S_CQ_INVALID = 0x100,
       NVME_S_QUEUE_ID = 0x101,
       NVME_S_QUEUE_SIZE = 0x102,
       NVME_S_READ_ONLY = 0x182,
       NVME_S_MEDIA_READ = 0x281,
       NVME_S_MEDIA_WRITE = 0x280,
};

uint64_t nvme_register_read(void *ctx, uint64_t offset, unsigned nbytes);
void nvme_register_write(void *ctx, uint64_t offset, uint64_t value, unsigned nbytes);
void nvme_fatal(struct sim_nvme *n); /* 9.5: CSTS.CFS */
/* What a new command's status is so far, and how many bytes it moves. */
uint16_t nvme_admin_begin(struct sim_nvme *n, struct sim_nvme_flight *f);
uint16_t nvme_io_begin(struct sim_nvme *n, struct sim_nvme_flight *f);
/* A piece of its data. */
void nvme_piece(struct sim_nvme *n, struct sim_nvme_flight *f);
uint16_t nvme_pages(struct sim_nvme *n, struct sim_nvme_flight *f); /* reads its PRPs (4.1.1) */
bool nvme_tick(void *ctx);

#endif
