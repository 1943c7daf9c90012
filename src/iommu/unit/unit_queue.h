/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One ring of commands, as every IOMMU has it: submitted under a lock, executed by the hardware in order, waited for
 * without the lock by any number of CPUs and their interrupt handlers.
 *
 * 	     done                      tail
 * 	      |                         |           A submission is some commands and a fence: the command by which
 * 	+-----v-------------------------v-----+     the hardware tells that everything up to it has been executed.
 * 	| free | C F | C F | C C C F | C F | free   `end` names a submission: the position behind its fence.
 * 	+-------------------------------------+
 *
 * Positions count on for ever, modulo 2^32; the slot is the position modulo DMA_QUEUE_SLOTS. The lock's holder alone
 * moves tail and done, so neither can go back, whoever is interrupted or delayed (hazard 65). `done` may be behind the
 * hardware: it says which slots may be used again, and is brought up to date when the ring looks full. A waiter asks
 * the hardware about its own `end`, and needs nobody else.
 *
 * A unit that does not answer within its limit is given up for good: whoever needs an invalidation from it is told so
 * at once from then on.
 */
#ifndef DMASTREAM_IOMMU_UNIT_QUEUE_H
#define DMASTREAM_IOMMU_UNIT_QUEUE_H

#include "../../base/atomic.h"
#include <dmastream/arch.h>
#include <dmastream/barrier.h>
#include <dmastream/errors.h>
#include <dmastream/platform.h>

enum { DMA_QUEUE_SLOTS = 256 }; /* of 16 bytes: the ring is 4 KiB */

struct dma_command {
	uint64_t word[2];
};

struct dma_queue;

/* What a driver supplies. */
struct dma_queue_ops {
	/* The fence of the submission that ends at position `end`. */
	struct dma_command (*fence)(struct dma_queue *queue, uint32_t end);

	/* The hardware's error bits that say that the queue stands still; 0: it does not. Any context. */
	uint32_t (*errors)(struct dma_queue *queue);
	/* Gets it going again: dma_queue_widen(), dma_queue_refused(), dma_queue_aborted(), dma_queue_give_up(). Lock
	 * held. */
	void (*mend)(struct dma_queue *queue, uint32_t errors);

	/* What takes the place of a command that was refused: one that invalidates more, which is right whatever that
	 * one named; or the same once more. Lock held. */
	struct dma_command (*wider)(struct dma_queue *queue, struct dma_command refused);

	/* Two registers of 32 bits, by offset, whose index counts in steps of so many: where the driver writes the tail
	 * of the ring, and reads which slot the hardware takes next, or is standing still at. The tail is written
	 * modulo `span`: DMA_QUEUE_SLOTS, or twice that with a wrap bit. */
	uint32_t tail_register, head_register, step, span;

	bool words;  /* fences write to `words`; else a fence is executed when the head has passed it, and step is 1 */
	bool cleans; /* a unit that does not snoop reads the ring past the caches */
};

struct dma_queue {
	struct dma_lock lock;
	uint32_t tail;	 /* lock held */
	uint32_t done;	 /* written with the lock held, read by all */
	uint32_t aborts; /* how often the hardware threw submissions away: written with the lock held, read by all */
	uint32_t refused_at;	  /* position of the last command that was refused */
	bool refused;		  /* there was one */
	uint8_t failed;		  /* given up: changed atomically */
	struct dma_command *ring; /* a page; 256 entries of it are used */
	dma_paddr_t paddr;
	uint64_t *words; /* a page: one for each slot, if a fence is a command that writes to memory; else NULL */
	dma_paddr_t words_paddr;
	volatile char *regs; /* the unit's */
	bool cleaned;	     /* what is new in the ring has to be: ops->cleans, and the unit does not snoop */
	const struct dma_queue_ops *ops;
	uint64_t timeout_ns; /* for one command */
	const char *name;    /* of the driver, and the unit's address: for the log */
	uint64_t unit;
};

static inline bool dma_queue_reached(uint32_t position, uint32_t end)
{
	return (int32_t)(position - end) >= 0;
}

static inline bool dma_queue_failed(const struct dma_queue *queue)
{
	return __atomic_load_n(&queue->failed, __ATOMIC_RELAXED) != 0;
}

static inline void dma_queue_put(struct dma_command *slot, struct dma_command command)
{
	dma_arch_write_once(&slot->word[0], command.word[0], 8);
	dma_arch_write_once(&slot->word[1], command.word[1], 8);
}

/* ---- Fences that write their end position to memory --------------------------------------------------------

 * Each slot has a word of its own, 8 bytes from the next; the hardware writes 4 or 8. A word is written once a turn of
 * the ring, and positions count on for ever, so an older value is never taken for a newer one. A fence is done after
 * everything before it. The words are coherent, whatever the unit does with tables. */

static inline uint64_t dma_queue_word_paddr(const struct dma_queue *queue, uint32_t end)
{
	return queue->words_paddr.raw + 8 * ((end - 1) % DMA_QUEUE_SLOTS);
}

static inline uint32_t dma_queue_word(const struct dma_queue *queue, uint32_t end)
{
	return (uint32_t)dma_arch_read_once(&queue->words[(end - 1) % DMA_QUEUE_SLOTS], 4);
}

/* ---- Fences that the head passes ----------------------------------------------------------------------------

 * The position below which everything is executed. The head is at most a ring ahead of `done`; where it counts with a
 * wrap bit, a greater difference was read against a `done` that others have moved on meanwhile. Where it does not, the
 * ring is never full, so that the index alone says how far it is. What has gone round since is behind the truth, never
 * ahead of it. */
static inline __attribute__((always_inline)) uint32_t dma_queue_passed(const struct dma_queue_ops *ops,
								       const struct dma_queue *queue)
{
	uint32_t done = __atomic_load_n(&queue->done, __ATOMIC_ACQUIRE);
	uint32_t ahead = (dma_host_mmio_read32(queue->regs + ops->head_register) - done) & (ops->span - 1);

	return ops->span > DMA_QUEUE_SLOTS && ahead > DMA_QUEUE_SLOTS ? done : done + ahead;
}

static inline __attribute__((always_inline)) bool dma_queue_executed(const struct dma_queue_ops *ops,
								     struct dma_queue *queue, uint32_t end)
{
	return dma_queue_reached(ops->words ? dma_queue_word(queue, end) : dma_queue_passed(ops, queue), end);
}

/* ---- Life ---------------------------------------------------------------------------------------------------- */

/* Empty, positions from 0 on; what was set up beside them, and `failed`, stays. Ring and words are zeros, and visible
 * to the hardware, which does not look at them yet: call it before the registers are written that lead there. */
void dma_queue_reset(struct dma_queue *queue);

/* No command is waited for from now on; the first call says why. Any context. */
void dma_queue_give_up(struct dma_queue *queue, const char *why);

/* For a driver's repair. Lock held: the hardware stands still at `slot`, whose command it refused. False: it did so
 * already after the last repair, and it is given up. */
bool dma_queue_refused(struct dma_queue *queue, uint32_t slot);
/* The same, and a wider command takes its place. */
bool dma_queue_widen(struct dma_queue *queue, uint32_t slot);
/* The slot that the hardware takes next, or is standing still at. */
uint32_t dma_queue_head(struct dma_queue *queue);

/* For a driver's repair. Lock held: what was submitted before `slot` and has not been executed was thrown away. Its
 * owners submit it again. */
void dma_queue_aborted(struct dma_queue *queue, uint32_t slot);

/* ---- Running commands ------------------------------------------------------------------------------------ */

/* Writes the tail to the hardware: also for a driver's repair, since some hardware starts again only then. Lock held.
 */
static inline __attribute__((always_inline)) void dma_queue_ring(const struct dma_queue_ops *ops,
								 struct dma_queue *queue)
{
	dma_host_mmio_write32(queue->regs + ops->tail_register, queue->tail % ops->span * ops->step);
}

/* The three that follow are for dma_queue_run() alone. Lock held: makes the slots from position `first` to the tail
 * visible to a unit that does not snoop. */
void dma_queue_clean(const struct dma_queue *queue, uint32_t first);
/* Lock held: makes room for n more commands, as far as the hardware has got. */
bool dma_queue_make_room(struct dma_queue *queue, unsigned n);
/* Waits for the submission that ends at `end`, submits it again if it was thrown away. end of 0 commands: it was not
 * submitted yet, since the ring was full. */
int dma_queue_run_slowly(struct dma_queue *queue, const struct dma_command *commands, unsigned n, bool submitted,
			 uint32_t end, uint32_t aborts);

/* Puts n commands and a fence into the ring and tells the hardware; false if there is no room now. */
static inline __attribute__((always_inline)) bool dma_queue_submit(const struct dma_queue_ops *ops,
								   struct dma_queue *queue,
								   const struct dma_command *commands, unsigned n,
								   uint32_t *end, uint32_t *aborts)
{
	uintptr_t state = dma_host_lock(&queue->lock);
	uint32_t first = queue->tail, last = first + n;
	bool room = last + 1 - queue->done < DMA_QUEUE_SLOTS; /* a full ring would look empty */
	struct dma_command *ring = queue->ring;

	if (dma_likely(room) || (room = dma_queue_make_room(queue, n + 1))) {
		for (unsigned i = 0; i < n; i++)
			dma_queue_put(&ring[(first + i) % DMA_QUEUE_SLOTS], commands[i]);
		dma_queue_put(&ring[last % DMA_QUEUE_SLOTS], ops->fence(queue, last + 1));
		*end = queue->tail = last + 1;
		*aborts = queue->aborts;
		dma_publish(); /* the commands, and the tables that they speak of, before the hardware looks */
		if (ops->cleans && dma_unlikely(queue->cleaned))
			dma_queue_clean(queue, first);
		dma_queue_ring(ops, queue);
	}
	dma_host_unlock(&queue->lock, state);
	return room;
}

/* 0 if the submission is executed, 1 if it may have been thrown away, -1 if it is not executed yet. */
static inline int dma_queue_look(const struct dma_queue_ops *ops, struct dma_queue *queue, uint32_t end,
				 uint32_t aborts)
{
	if (!dma_queue_executed(ops, queue, end))
		return -1;
	dma_consume();
	return __atomic_load_n(&queue->aborts, __ATOMIC_RELAXED) != aborts;
}

/* The same for one command. */
int dma_queue_run_one_slowly(struct dma_queue *queue, struct dma_command command, bool submitted, uint32_t end,
			     uint32_t aborts);

/* True: the commands are submitted and executed already. */
static inline __attribute__((always_inline)) bool dma_queue_run_fast(const struct dma_queue_ops *ops,
								     struct dma_queue *queue,
								     const struct dma_command *commands, unsigned n,
								     bool *submitted, uint32_t *end, uint32_t *aborts)
{
	*end = *aborts = 0;
	*submitted = dma_queue_submit(ops, queue, commands, n, end, aborts);
	return dma_likely(*submitted) && dma_likely(dma_queue_look(ops, queue, *end, *aborts) == 0);
}

/* Runs 1 to 32 commands and waits until they are executed. 0 or DMA_ETIMEDOUT: the unit has been given up. A driver
 * passes its ops as a constant, so that they are inlined. Any context; no lock is held. */
static inline __attribute__((always_inline)) int dma_queue_run(const struct dma_queue_ops *ops, struct dma_queue *queue,
							       const struct dma_command *commands, unsigned n)
{
	uint32_t end, aborts;
	bool submitted;

	if (dma_unlikely(dma_queue_failed(queue)))
		return DMA_ETIMEDOUT;
	if (dma_queue_run_fast(ops, queue, commands, n, &submitted, &end, &aborts))
		return 0;
	return dma_queue_run_slowly(queue, commands, n, submitted, end, aborts);
}

/* The same for one command, which stays in registers. */
static inline __attribute__((always_inline)) int dma_queue_run_one(const struct dma_queue_ops *ops,
								   struct dma_queue *queue, struct dma_command command)
{
	uint32_t end, aborts;
	bool submitted;

	if (dma_unlikely(dma_queue_failed(queue)))
		return DMA_ETIMEDOUT;
	if (dma_queue_run_fast(ops, queue, &command, 1, &submitted, &end, &aborts))
		return 0;
	return dma_queue_run_one_slowly(queue, command, submitted, end, aborts);
}

#endif
