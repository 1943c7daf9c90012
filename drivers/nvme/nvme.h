/* SPDX-License-Identifier: MPL-2.0 */
/*
 * An NVMe disk: one controller, its first namespace, an admin queue pair, which is polled, and one I/O queue pair,
 * whose completions come by interrupt where the bus has some.
 *
 *   nvme_queue.c    a queue pair in coherent memory: commands out, completions in, lies told apart from answers
 *   nvme_control.c  the controller: reset, enable, shut down, fatal states, admin commands
 *   nvme_identify.c what controller and namespace say about themselves
 *   nvme_status.c    status codes as text
 *   nvme_request.c  a request as a command, its memory as PRP entries
 *   nvme.c          the disk: bring-up in order, completions, time limits
 */
#ifndef DRIVERS_NVME_H
#define DRIVERS_NVME_H

#include <dmastream/coherent.h>
#include <dmastream/platform.h>
#include <dmastream/pool.h>

#include "../block.h"
#include "../bus.h"
#include "../inflight.h"
#include "nvme_regs.h"

/* The number of entries that the driver asks for; a controller may allow fewer. A full queue has one free entry
 * (3.3.1.4). */
enum { NVME_QUEUE_ENTRIES = INFLIGHT_MAX + 1 };

/* What a completion said, each word read once (hazard 59). */
struct nvme_completion {
	uint32_t sq;	 /* NVME_CQE_SQ_… */
	uint32_t status; /* NVME_CQE_COMMAND_ID, _SC, _SCT */
};

struct nvme_queue {
	struct dma_coherent submission;
	struct dma_coherent completion;
	volatile void *tail_doorbell;
	volatile void *head_doorbell;
	uint16_t id;
	uint16_t entries;
	uint16_t tail; /* next submission entry to write */
	uint16_t head; /* next completion entry to read */
	bool phase;    /* of the entries that are new */
	struct inflight commands;
};

struct nvme {
	struct block block; /* first: the disk is the controller */
	struct bus_pci pci;
	struct dma_device dma;
	volatile void *regs;
	size_t regs_size;
	uint64_t cap;
	unsigned page_shift; /* of the controller, CC.MPS */
	uint32_t nsid;
	unsigned block_shift;
	bool open;	      /* the pool entry is taken */
	struct dma_lock lock; /* over the I/O queue, the lists, `ending`, times and the error line */
	struct block_ending ending;
	bool halted;		  /* the controller does not touch memory any more */
	bool interrupts;	  /* it sends messages for the I/O queue */
	unsigned message;	  /* which one */
	uint64_t request_timeout; /* ns */
	uint64_t last_look;	  /* ns: when a poll last looked at ages and CSTS */
	uint64_t faults;	  /* of the IOMMU, when the disk was opened */
	struct nvme_queue admin;
	struct nvme_queue io;
	struct dma_pool lists;		      /* pages of PRP lists, in coherent memory: one for each slot */
	struct dma_block *list[INFLIGHT_MAX]; /* of the slot's command; NULL: it needs none */
	char why[128];			      /* of the last failure during bring-up or of an admin command */
};

/* ---- nvme_queue.c ------------------------------------------------------------------------------------- */

/* Memory and state of queue pair `id`, entries 2 to NVME_QUEUE_ENTRIES. */
DMA_MUST_CHECK int nvme_queue_open(struct nvme *n, struct nvme_queue *q, uint16_t id, unsigned entries);
void nvme_queue_close(struct nvme_queue *q);

/* Writes the command, with the identifier of that slot, and rings the doorbell. */
DMA_MUST_CHECK int nvme_queue_submit(struct nvme_queue *q, unsigned slot, struct nvme_command *command);

/* Reads what is new, at most max, and gives the entries back to the controller. Returns how many, or an error. */
DMA_MUST_CHECK int nvme_queue_reap(struct nvme_queue *q, struct nvme_completion *out, unsigned max);

/* NULL and the slot that a completion answers; or in what way it lies. */
const char *nvme_queue_match(const struct nvme_queue *q, const struct nvme_completion *c, unsigned *slot);

/* ---- nvme_request.c ------------------------------------------------------------------------------------ */

/* Gives the command of a request that block_check() found good, under the lock. 0, DMA_ENODEV, DMA_EBUSY, DMA_EINVAL
 * (its pieces do not meet at page boundaries, do not begin at a dword, or are too many pages). */
DMA_MUST_CHECK int nvme_request(struct nvme *n, struct block_request *request);

/* The slot's command has been answered, or the controller has ended: its list page goes back. */
void nvme_request_done(struct nvme *n, unsigned slot);

/* ---- nvme_control.c ------------------------------------------------------------------------------------ */

/* Controller registers read, checked, controller disabled. Errors are in n->why. */
DMA_MUST_CHECK int nvme_reset(struct nvme *n);
/* Admin queue announced, controller enabled and ready. */
DMA_MUST_CHECK int nvme_enable(struct nvme *n);
/* Ends the device's access to memory: normal shutdown first if it still answers, else by force. */
void nvme_halt(struct nvme *n, bool orderly);
/* NULL, or what is wrong with the controller as a whole (gone, or fatal status). */
const char *nvme_sick(const struct nvme *n);

/* Gives an admin command and waits for its answer. DMA_EIO, DMA_ETIMEDOUT with n->why. */
DMA_MUST_CHECK int nvme_admin(struct nvme *n, struct nvme_command *command, const char *name);
/* The number of queues asked for, the I/O queue pair created. */
DMA_MUST_CHECK int nvme_create_io_queues(struct nvme *n);

/* n->why = why; returns error. */
int nvme_fail(struct nvme *n, int error, const char *why);

/* ---- nvme_identify.c ----------------------------------------------------------------------------------- */

/* Size, blocks and limits of the disk, into n->block. On failure the controller has been halted. */
DMA_MUST_CHECK int nvme_learn(struct nvme *n);

/* ---- nvme_status.c --------------------------------------------------------------------------------------- */

static inline bool nvme_failed(uint32_t status)
{
	return nvme_get(status, NVME_CQE_SC) || nvme_get(status, NVME_CQE_SCT);
}

/* What a status means, in a few words; the number itself for what the specification does not name. */
void nvme_status_text(uint32_t status, char *out, size_t size);

#endif
